/** `draintrace evidence`: what evidence covers the failures, and which one source would settle most of the rest. */
import type { Argv } from 'yargs';
import { catalogueQuery } from '../query/catalogue.ts';
import type { BoundValue } from '../query/parameter.ts';
import { endingWord, kindWord, missingWord } from '../report/kind.ts';
import { remedyOf } from '../report/remedy.ts';
import type { Format } from '../report/rows.ts';
import { count, wrap } from '../report/text.ts';
import { type Cell, type ResultRows, select, selectAll } from '../store/select.ts';
import { wallTime, type Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import { clockText } from './clock-text.ts';
import type { Command, Effects, GlobalArguments } from './command.ts';
import { COVERAGE_CODE, coverageOf, sayCoverage } from './coverage.ts';
import { EXIT } from './error.ts';
import { withDatabase } from './open.ts';
import {
  formatOption,
  fromOption,
  type RowArguments,
  reversedWindow,
  rowFormat,
  rowOptions,
  timeOption,
  toOption,
  waitOption,
  type ZoneArguments,
  zoneOption,
  zoneOptions,
} from './option.ts';
import { pickColumns, type RowStream, writeRowStream } from './output.ts';
import { usualKind } from './usual-kind.ts';

interface EvidenceArguments extends GlobalArguments, RowArguments, ZoneArguments {
  from: string | undefined;
  to: string | undefined;
  format: Format | undefined;
  wait: number;
}

function builder(yargs: Argv<GlobalArguments>): unknown {
  return yargs
    .option('from', fromOption)
    .option('to', toOption)
    .option('format', { ...formatOption, describe: 'rows in this format; without it a summary' })
    .options(rowOptions)
    .options(zoneOptions)
    .option('wait', waitOption);
}

const number = (cell: Cell | undefined): number => Number(cell ?? 0);

/** Formats as `12 of 40`. */
const share = (rows: readonly Record<string, Cell>[], column: string, total: number): string =>
  `${rows.reduce((sum, row) => sum + number(row[column]), 0)} of ${total}`;

function groupName(arn: Cell | undefined): string {
  const text = arn === null || arn === undefined ? '(no target group)' : String(arn);
  return text.split('/')[1] ?? text;
}

function summary(rows: readonly Record<string, Cell>[], kind: string | null, zone: Zone): string {
  const word = kindWord(kind);
  const named = (missing: Cell): string => missingWord(String(missing), kind);
  const total = rows.reduce((sum, row) => sum + number(row.failures), 0);
  if (total === 0) return 'No failure of a target is loaded: there is nothing to settle.\n';
  const lines = [`${count(total, 'failure')} of targets; of these the evidence knows`];
  for (const [column, what] of [
    ['pod_known', 'whose address it was'],
    ['deletion_known', `whether and when the ${endingWord(kind)} of the ${word} began`],
    ['exit_known', `when the ${word} ended`],
    ['deregistration_known', 'whether and when the target was deregistered'],
    ['settled', 'enough to settle the cause'],
  ] as const) {
    lines.push(`  ${share(rows, column, total).padStart(16)}  ${what}`);
  }
  // Only the traffic judges these, so most reports have none.
  if (rows.some((row) => number(row.likely) > 0))
    lines.push(`  ${share(rows, 'likely', total).padStart(16)}  a likely cause, from the traffic alone`);
  const open = rows.filter((row) => number(row.settled) < number(row.failures));
  if (open.length > 0) lines.push('', `Not settled, by target group and hour (${zone.name}):`);
  for (const row of open.slice(0, 10)) {
    const { day, clock } = wallTime(String(row.hour), zone);
    const left = number(row.failures) - number(row.settled);
    const lacks = row.missing === null ? '' : `; missing most: ${named(row.missing!)}`;
    lines.push(`  ${day} ${clock.slice(0, 5)}  ${groupName(row.target_group_arn)}: ${left} of ${row.failures}${lacks}`);
  }
  if (open.length > 10) lines.push(`  and ${open.length - 10} more: --format csv lists all`);
  const gains = new Map<string, number>();
  for (const row of rows) {
    if (row.missing === null) continue;
    gains.set(named(row.missing!), (gains.get(named(row.missing!)) ?? 0) + number(row.missing_settles));
  }
  const [best] = [...gains].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (best && best[1] > 0) {
    lines.push(
      '',
      `Most useful evidence (settles ${count(best[1], 'failure')}): ${best[0]}.`,
      `  ${remedyOf(best[0], kind)}`,
    );
  } else if (best) {
    lines.push('', `All are settled; more detail would come from: ${best[0]}.`, `  ${remedyOf(best[0], kind)}`);
  }
  return lines
    .flatMap((line) => wrap(line, 80, '    '))
    .map((line) => `${line}\n`)
    .join('');
}

/** Adds the loaded objects behind the verdicts of each row, as an array. */
function withSources({ columns, chunks }: ResultRows, sources: readonly Record<string, Cell>[]): RowStream {
  const keyOf = (group: Cell | undefined, hour: Cell | undefined): string => `${group}\0${hour}`;
  const byRow = new Map<string, Cell[]>();
  for (const { target_group_arn: group, hour, source } of sources) {
    const key = keyOf(group, hour);
    byRow.set(key, [...(byRow.get(key) ?? []), source!]);
  }
  const [group, hour] = ['target_group_arn', 'hour'].map((name) => columns.findIndex((column) => column.name === name));
  async function* added(): AsyncGenerator<Cell[][]> {
    for await (const rows of chunks) yield rows.map((row) => [...row, byRow.get(keyOf(row[group!], row[hour!])) ?? []]);
  }
  return { columns: [...columns, { name: 'sources', type: 'VARCHAR[]' }], chunks: added() };
}

async function run(args: EvidenceArguments, effects: Effects): Promise<number> {
  const now = effects.now();
  const zone = zoneOption(args, effects.env);
  const format = rowFormat(args);
  const from = timeOption(args.from, 'from', now, zone);
  const to = timeOption(args.to, 'to', now, zone);
  if (from !== null && to !== null && from >= to) throw reversedWindow(args);
  const { sql } = catalogueQuery('evidence-gaps');
  const parameters: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: from },
    to: { type: 'timestamp', value: to },
  };
  return withDatabase({ ...args, readOnly: true, needs: ['verdict'] }, effects, async (connection) => {
    let found: number;
    if (format) {
      const isForPrograms = format === 'json' || format === 'ndjson';
      // A connection answers one question at a time, so the sources are read before the rows begin.
      const sources = isForPrograms ? await ask(connection, 'evidence-sources', parameters) : null;
      const rows = await select(connection, sql, parameters);
      const answer = sources ? withSources(rows, sources) : rows;
      found = await writeRowStream(pickColumns(answer, args.columns), format, effects);
    } else {
      const rows = await selectAll(connection, sql, parameters);
      found = rows.length;
      if (found > 0) {
        await effects.stdout.write(summary(rows, await usualKind(connection), zone));
        const clocks = await clockText(connection, parameters);
        if (clocks !== '') await effects.stdout.write(`\n${clocks}`);
      }
    }
    if (found > 0) return EXIT.ok;
    const asked = { from, to, targetGroup: null, lb: null };
    const { text, loaded } = sayCoverage(await coverageOf(connection, asked), asked, zone);
    const talk = format ? effects.stderr : effects.stdout;
    if (loaded === 'all') await talk.write('No failure of a target is loaded: there is nothing to settle.\n');
    else await talk.write(text);
    return COVERAGE_CODE[loaded];
  });
}

export const command: Command<EvidenceArguments> = {
  command: 'evidence',
  describe: 'Show what the evidence settles, what stays open, and which source would settle most of the rest',
  examples: [
    ['draintrace evidence', 'what the evidence shows of the failures, and the source to fetch next'],
    ['draintrace evidence --from -2h --format excel', 'per target group and hour, for a spreadsheet'],
  ],
  cost: 'The verdicts of all failed rows.',
  builder,
  run,
};
