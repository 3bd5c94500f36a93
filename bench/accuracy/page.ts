/** docs/accuracy.md: the tables, the same text for the same program. */
import { EVIDENCE_SETS } from './grid.ts';
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
    `${result.failures} failures, ${percent(result.unsettled / result.failures)} of them not settled.`,
    '',
    tableOf([['true cause', 'failures', 'settled', 'precision', 'recall of the settled'], ...shares]),
    '',
    'Rows are true causes, columns what was said:',
    '',
    tableOf([['', ...columns], ...matrix]),
    '',
  ].join('\n');
}

/** Returns the whole page. */
export function pageOf(incidents: number, requests: number, sections: readonly string[]): string {
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
fixed responses, clients that went away).

${sections.join('\n')}`;
}
