/** Prints docs/accuracy.md: the tables. The same program gives the same text. */
import { EVIDENCE_SETS, type Family } from './grid.ts';
import { LOOP_BAR, type Loop } from './loop-bar.ts';
import { NONE, perCause, type Score, type Share, UNSETTLED } from './score.ts';

const percent = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(2)} %`);

const shareText = ({ right, all }: Share): string =>
  all === 0 ? 'none' : `${right} of ${all} (${percent(right / all)})`;

const tableOf = (rows: readonly (readonly (string | number)[])[]): string => {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, `|${'---|'.repeat(rows[0]!.length)}`, ...body].join('\n');
};

/** Returns the section of one evidence set. */
export function sectionOf(set: string, result: Score): string {
  const { title } = EVIDENCE_SETS[set]!;
  const causes = perCause(result);
  const said = new Set([...result.counts.values()].flatMap((columns) => [...columns.keys()]));
  const columns = [...causes.map(({ cause }) => cause), NONE, ...UNSETTLED].filter((column) => said.has(column));
  const matrix = [...result.counts.keys()].sort().map((row) => {
    const counts = result.counts.get(row)!;
    return [row, ...columns.map((column) => counts.get(column) ?? '')];
  });
  const shares = causes.map(({ cause, failures, settled, precision, recall }) => [
    cause,
    failures,
    settled,
    percent(precision),
    percent(recall),
  ]);
  const rules = [...result.rules]
    .filter(([, { right, all }]) => right < all)
    .map(([rule, { right, all }]) => [rule, all - right, all]);
  return [
    `## ${set}: ${title}`,
    '',
    tableOf([
      ['what', 'right'],
      ['settled verdicts', shareText(result.precision)],
      ['settled, of failures with a cause', shareText({ right: result.settled, all: result.failures })],
      ['`likely` verdicts', shareText(result.likely)],
      ['failures of rollouts that `likely` covers', shareText(result.rollout)],
      ['ambiguous verdicts: the truth is one of both readings', shareText(result.readings)],
      ['pod named', shareText(result.pods)],
      ['`told`', shareText(result.told)],
      ['`pattern`', shareText(result.patterns)],
    ]),
    '',
    tableOf([['true cause', 'failures', 'settled', 'precision', 'recall of all failures'], ...shares]),
    '',
    'Rows are true causes, columns what was said:',
    '',
    tableOf([['', ...columns], ...matrix]),
    '',
    ...(rules.length === 0
      ? ['No rule was wrong with confidence.']
      : ['Rules that were wrong with confidence:', '', tableOf([['rule', 'wrong', 'verdicts'], ...rules])]),
    '',
  ].join('\n');
}

const durationText = (duration: Loop['scenario']['propagationSeconds']): string =>
  typeof duration === 'number' ? `${duration.toFixed(1)}` : `${duration.median} / ${duration.p99}`;

/** Returns the section of the closed loop. */
export function loopSection(loops: readonly Loop[]): string {
  const rows = loops.map((loop) => {
    const { scenario, before, after, advised, smallest, points } = loop;
    return [
      scenario.title || scenario.name,
      durationText(scenario.propagationSeconds),
      durationText(scenario.controllerSeconds),
      scenario.sigterm,
      durationText(scenario.exitSeconds),
      scenario.preStopSeconds,
      scenario.deregistrationDelaySeconds,
      before,
      after,
      loop.lateAfter,
      loop.elapsedAfter,
      advised ?? 'none',
      smallest ?? '',
      points
        .map(({ preStopSeconds, predicted, observed, errors }) => {
          return `${preStopSeconds} s: ${percent(predicted)}, ${percent(observed)} (${errors.toFixed(1)})`;
        })
        .join('; '),
    ];
  });
  const head = [
    'world',
    'propagation',
    'controller',
    'SIGTERM',
    'exit',
    'preStop',
    'delay',
    'failures before',
    'after',
    'of them late',
    'of them at the end of the delay',
    'advised preStop',
    'smallest',
    'curve: predicted, shown (errors)',
  ];
  return `## Advice, closed loop

The settings that \`draintrace query advice\` advises from one run of each of ${loops.length} worlds, tried in three runs of other
chance. Durations are seconds, median / 99th percentile. Counted are failures that waiting longer prevents: draining_target,
killed_in_flight, drain_delay_elapsed. The smallest preStop is the least that leaves as few failures as the advised one. Of
the curve, the share of late requests that fail at another preStop: as the rows of the one run predict, and as the
others show; between them so many standard errors of two binomial shares, a trial being one node of the load balancer and
one pod, whose requests stand or fall together. Bars: ${LOOP_BAR.gone * 100} % gone, a ratio of at most ${LOOP_BAR.ratio} to the smallest, at most ${LOOP_BAR.errors} errors, no
setting lowered, no failure at the end of the deregistration delay where there was none; where the controller is late, the
advice must say so and need not leave none.

${tableOf([head, ...rows])}
`;
}

const STORIES = '\n## Stories\n';

/** Returns the section of the stories of a page, which `make score` measures; empty if it has none. */
export const storiesOf = (page: string): string => (page.includes(STORIES) ? page.slice(page.indexOf(STORIES)) : '');

/** Returns the page with this table of stories. */
export const withStories = (page: string, table: string): string =>
  `${page.slice(0, page.length - storiesOf(page).length)}${STORIES}
Incidents rebuilt from public threads, each with the answers that are right (samples/stories). By \`make score\`:

${table}`;

/** Returns the whole page. */
export function pageOf(
  incidents: number,
  requests: number,
  sections: readonly string[],
  loops: readonly Loop[],
  run: { first: number; last: number; args: string },
  taskSection = '',
): string {
  const seeds = run.first === run.last ? `seed ${run.first}` : `seeds ${run.first} to ${run.last}`;
  const sets = Object.values(EVIDENCE_SETS);
  const setsOf = (family: Family) => sets.filter((set) => set.family === family).length;
  const bars = Object.entries(EVIDENCE_SETS).flatMap(([name, { bar }]) => [
    ...(bar.settled === undefined
      ? []
      : bar.settledSoFar === undefined
        ? [`- ${name}: at least ${bar.settled * 100} % of the failures with a cause settled;`]
        : [
            `- ${name}: at least ${bar.settled * 100} % of the failures with a cause settled is the aim and not reached yet; at least ${bar.settledSoFar * 100} % is held;`,
          ]),
    ...(bar.likely === undefined
      ? []
      : [
          `- ${name}: at least ${bar.likely.precision * 100} % of \`likely\` verdicts right, covering at least ${bar.likely.covers * 100} % of the failures that rollouts caused;`,
        ]),
  ]);
  return `# Accuracy

What \`draintrace\` says of failures whose true cause is known, because they were made up ([simulate](simulate.md)):
${incidents} incidents, ${requests} requests; incidents of pods are judged with ${setsOf('pods')} sets of evidence, of tasks of ECS with
${setsOf('tasks')}, of node ports with ${setsOf('node_ports')}, of instances of an Auto Scaling group with ${setsOf('instances')}. Each kind of incident is played once for each seed (here ${seeds}; three seeds of ECS, of node ports and of instances, where one incident fails few requests, for each of pods), with a load balancer, controller, application,
clocks and gaps in the evidence of its own. Written by \`make accuracy\` (here with \`${run.args}\`), which fails when a bar is
missed:

- every set: at least ${sets[0]!.bar.precision * 100} % of the settled verdicts right, and as many of the pods named;
${bars.join('\n')}
- every mechanism right.

Settled are verdicts whose confidence is \`exact\` or \`bounded\`. A verdict is right when it says the true cause, or another one
that the definitions allow as well ([simulate](simulate.md#truth)). Of \`likely\`, which rests on the traffic alone, it is right that
the target went away, however it went. \`${NONE}\`: no target is to blame (the application's own errors, fixed responses). Clients
that went away (460) are not counted among failures. A failure behind a node port whose pods did not fare alike cannot be settled:
there an ambiguous verdict that names the true cause counts as settled.

${sections.join('\n')}
${loops.length === 0 ? '' : loopSection(loops)}${taskSection === '' ? '' : `\n${taskSection}`}`;
}
