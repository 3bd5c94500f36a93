/** Prints the report as Markdown: for a pull request or a ticket. */
import type { Advice, Incident, Rows } from './incident.ts';
import { clock, count, markdownCell, truncate } from './text.ts';

/** Longest text of a cell. */
const CELL = 160;

/** Returns the report. */
export function incidentMarkdown(incident: Incident): string {
  const answer = [
    `**${markdownCell(incident.headline)}**`,
    '',
    `- Cause: ${markdownCell(incident.cause)}`,
    `- Fix: ${markdownCell(incident.fix)}`,
    ...incident.keepAlive.map((sentence) => `- Keep-alive: ${markdownCell(sentence)}`),
    `- ${incident.causes.map(({ cause, failures }) => `${failures} × ${markdownCell(cause)}`).join(', ') || 'no failures'}`,
    '',
  ];
  const lines = [
    ...answer,
    ...incident.episodes.flatMap((episode) => [
      `## ${new Date(episode.from).toISOString().slice(0, 10)} ${clock(episode.from)} to ${clock(episode.to)} UTC: ${count(episode.failures, 'failure')}`,
      '',
      ...table(
        ['address', 'target', 'failures', 'going', 'exited', 'deregistered'],
        episode.lanes
          .slice(0, 30)
          .map((lane) => [
            lane.target,
            lane.pod,
            lane.failures.length,
            ...[lane.deleted, lane.exited, lane.deregistered].map((moment) =>
              moment?.latest == null ? '' : clock(moment.latest, 3),
            ),
          ]),
      ),
      '',
    ]),
    ...incident.advice.flatMap(adviceLines),
    ...incident.tables.flatMap(tableLines),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const cellOf = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : markdownCell(truncate(typeof value === 'object' ? JSON.stringify(value) : String(value), CELL));

function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  return [
    `| ${columns.map(markdownCell).join(' | ')} |`,
    `|${' --- |'.repeat(columns.length)}`,
    ...rows.map((row) => `| ${row.map(cellOf).join(' | ')} |`),
  ];
}

function adviceLines({ workload, sentence }: Advice): string[] {
  return [`## Advice: ${markdownCell(workload)}`, '', markdownCell(sentence), ''];
}

function tableLines({ title, command, columns, rows, total }: Rows): string[] {
  const shown = rows.length === 0 ? ['None.'] : table(columns, rows);
  const rest = total > rows.length ? `${rows.length} of ${total} rows; all: ` : 'Again: ';
  return [`## ${markdownCell(title)}`, '', ...shown, '', `${rest}\`${command}\``, ''];
}
