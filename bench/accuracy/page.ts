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
      ['figure', 'right'],
      ['settled verdicts', shareText(result.precision)],
      ['settled, of failures with a cause', shareText({ right: result.settled, all: result.failures })],
      ['`likely` verdicts', shareText(result.likely)],
      ['failures of rollouts that `likely` covers', shareText(result.rollout)],
      ['failures of rollouts without evidence (`no_evidence`)', shareText(result.unevidenced)],
      ['ambiguous verdicts: one of the two causes is true', shareText(result.readings)],
      ['pod named', shareText(result.pods)],
      ['`told`', shareText(result.told)],
      ['`pattern`', shareText(result.patterns)],
    ]),
    '',
    tableOf([['true cause', 'failures', 'settled', 'precision', 'recall of all failures'], ...shares]),
    '',
    'Rows are true causes, columns are verdicts:',
    '',
    tableOf([['', ...columns], ...matrix]),
    '',
    ...(rules.length === 0
      ? ['No rule gave a wrong settled verdict.']
      : ['Rules with wrong settled verdicts:', '', tableOf([['rule', 'wrong', 'verdicts'], ...rules])]),
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

\`draintrace query advice\` computes settings from one run of each of ${loops.length} worlds; three runs with other seeds try
them. Durations are seconds, median / 99th percentile. Failures that a longer wait prevents are counted: draining_target,
killed_in_flight, drain_delay_elapsed. The smallest preStop is the shortest with as few failures as the advised one. The curve
column has the share of late requests that fail at another preStop, as the one run predicts it and as the others show it. The
number in brackets is their distance in standard errors of two binomial shares; one trial is one node of the load balancer with
one pod, because their requests fail together. Bars: ${LOOP_BAR.gone * 100} % gone, a ratio of at most ${LOOP_BAR.ratio} to the smallest, at most ${LOOP_BAR.errors} errors, no
setting lowered, no new failure at the end of the deregistration delay. If the controller is late, the advice must report
that, and failures may remain.

${tableOf([head, ...rows])}
`;
}

const STORIES = '\n## Stories\n';

/** Returns the section of the stories of a page, which `make score` measures; empty if it has none. */
export const storiesOf = (page: string): string => (page.includes(STORIES) ? page.slice(page.indexOf(STORIES)) : '');

/** Returns the page with this table of stories. */
export const withStories = (page: string, table: string): string =>
  `${page.slice(0, page.length - storiesOf(page).length)}${STORIES}
Incidents rebuilt from public threads, each with its correct answers (samples/stories). \`make score\` prints:

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
    ...(bar.noEvidence === undefined
      ? []
      : [
          `- ${name}: at least ${bar.precision * 100} % of the settled verdicts right, and at most ${bar.noEvidence * 100} % of the failures that rollouts caused without evidence;`,
        ]),
  ]);
  return `# Accuracy

This page compares the verdicts of \`draintrace\` with the true causes of simulated failures ([simulate](simulate.md)):
${incidents} incidents, ${requests} requests. Incidents of pods are judged with ${setsOf('pods')} sets of evidence, of tasks of ECS with
${setsOf('tasks')}, of node ports with ${setsOf('node_ports')}, of instances of an Auto Scaling group with ${setsOf('instances')}. Each kind of incident
is simulated once for each seed (here ${seeds}). ECS, node ports and instances get three seeds for each seed of pods, because their incidents have few failures. Each incident has its own load balancer, controller, application,
clocks and gaps in the evidence. \`make accuracy\` (here with \`${run.args}\`) writes this page, and fails if a bar is missed:

- every set: at least ${sets[0]!.bar.precision * 100} % of the settled verdicts right, and the same share of the named pods;
${bars.join('\n')}
- every mechanism right.

Verdicts with the confidence \`exact\` or \`bounded\` are settled. A verdict is right if it names the true cause, or another one
that the definitions also allow ([simulate](simulate.md#truth)). A \`likely\` verdict rests on the traffic alone; it is right if
the target went away for any reason. \`${NONE}\`: no target is to blame (the application's own errors, fixed responses). Closed
clients (460) are not counted as failures. If the pods behind a node port had different fates, a failure cannot be settled:
then an ambiguous verdict that names the true cause counts as settled.

${sections.join('\n')}
${loops.length === 0 ? '' : loopSection(loops)}${taskSection === '' ? '' : `\n${taskSection}`}`;
}
