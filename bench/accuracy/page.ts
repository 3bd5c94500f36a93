/** docs/accuracy.md: the tables, the same text for the same program. */
import { EVIDENCE_SETS } from './grid.ts';
import { LOOP_BAR, type Loop } from './loop-bar.ts';
import { BAR, NONE, perCause, type Score, UNSETTLED } from './score.ts';

const percent = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(2)} %`);

const tableOf = (rows: readonly (readonly (string | number)[])[]): string => {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, `|${'---|'.repeat(rows[0]!.length)}`, ...body].join('\n');
};

/** Returns the section of one evidence set. */
export function sectionOf(set: string, result: Score): string {
  const { title } = EVIDENCE_SETS[set]!;
  const causes = perCause(result);
  const columns = [...causes.map(({ cause }) => cause), ...UNSETTLED];
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
  return [
    `## ${set}: ${title}`,
    '',
    `${result.failures} failures, ${percent(result.unsettled / result.failures)} of them not settled.` +
      (result.untold > 0
        ? ` ${result.untold} of stale targets count as draining_target here: nothing in this evidence tells when a target was deregistered.`
        : '') +
      (result.passedOn > 0
        ? ` ${result.passedOn} at addresses that had passed to a pod which was not ready count as draining_target: the target was deregistered, and nothing in this evidence knows of pods' addresses.`
        : ''),
    '',
    tableOf([['true cause', 'failures', 'settled', 'precision', 'recall of the settled'], ...shares]),
    '',
    'Rows are true causes, columns what was said:',
    '',
    tableOf([['', ...columns], ...matrix]),
    '',
  ].join('\n');
}

const durationText = (duration: Loop['scenario']['propagationSeconds']): string =>
  typeof duration === 'number' ? `${duration}` : `${duration.median} / ${duration.p99}`;

/** Returns the section of the closed loop. */
export function loopSection(loops: readonly Loop[]): string {
  const rows = loops.map(({ scenario, before, after, advised, smallest, points }) => [
    durationText(scenario.propagationSeconds),
    durationText(scenario.controllerSeconds),
    scenario.sigterm,
    durationText(scenario.exitSeconds),
    before,
    after,
    advised,
    smallest,
    (advised / smallest).toFixed(2),
    points
      .map(({ preStopSeconds, predicted, observed, errors }) => {
        return `${preStopSeconds} s: ${percent(predicted)}, ${percent(observed)} (${errors.toFixed(1)})`;
      })
      .join('; '),
  ]);
  const head = [
    'propagation',
    'controller',
    'SIGTERM',
    'exit',
    'failures before',
    'after',
    'advised preStop',
    'smallest',
    'ratio',
    'curve: predicted, shown (errors)',
  ];
  return `## Advice, closed loop

What \`draintrace query advice\` says of one run of each of ${loops.length} scenarios, set in three runs of other chance. Durations are
seconds, median / 99th percentile. Counted are failures that waiting longer prevents: draining_target, stale_target,
killed_in_flight, drain_delay_elapsed. The smallest preStop is the least that leaves as few failures as the advised one. Of
the curve, the share of late requests that fail at another preStop: as the rows of the one run predict, and as the
others show; between them so many standard errors of two binomial shares, a trial being one node of the load balancer and
one pod, whose requests stand or fall together. Bars: ${LOOP_BAR.gone * 100} % gone, a ratio of at most ${LOOP_BAR.ratio}, at most ${LOOP_BAR.errors} errors.

${tableOf([head, ...rows])}
`;
}

/** Returns the whole page. */
export function pageOf(
  incidents: number,
  requests: number,
  sections: readonly string[],
  loops: readonly Loop[],
): string {
  const sets = Object.keys(EVIDENCE_SETS).length;
  return `# Accuracy

What \`draintrace\` says of failures whose true cause is known, because they were made up ([simulate](simulate.md)):
${incidents} incidents, ${requests} requests, each incident judged with ${sets} sets of evidence (${incidents * sets} judgements of an
incident). Written by \`make accuracy\`, which fails when a bar is missed:

- with full evidence, precision and recall of every cause at least ${BAR.precision * 100} %, and at most ${BAR.unsettled * 100} % not settled;
- with less, precision at least ${BAR.precision * 100} %: what cannot be known is \`no_evidence\` or \`ambiguous\`;
- \`draining_target\` is never said of a target that was neither deleted nor deregistered;
- every mechanism right.

Settled are verdicts whose confidence is \`exact\` or \`bounded\`. \`${NONE}\`: no target is to blame (the application's own errors,
fixed responses, clients that went away). draining_target and stale_target differ in one thing, whether the load balancer had
been told; where evidence knows nothing of the deregistration, draining_target is the right answer to both, and says so.

${sections.join('\n')}
${loopSection(loops)}`;
}
