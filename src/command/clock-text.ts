/** Prints the clocks that contradict the log, for `trace` and `evidence`. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import { type BoundValue, defaultValues } from '../query/parameter.ts';
import { type ClockRow, clockSentences } from '../report/clock.ts';
import { wrap } from '../report/text.ts';
import { selectAll } from '../store/select.ts';
import { KIND_NAMES } from './load-summary.ts';

/**
 * Returns the clocks of the evidence that the failures of a window contradict; empty if all agree. With `first` only those that
 * contradict the log, if there are any.
 */
export async function clockText(
  connection: DuckDBConnection,
  window: Readonly<Record<string, BoundValue>>,
  first: 'log' | null = null,
): Promise<string> {
  const query = catalogueQuery('clock-offsets');
  const answer = await selectAll(connection, query.sql, { ...defaultValues(query.parameters), ...window });
  const rows = answer as unknown as ClockRow[];
  const names = KIND_NAMES as Readonly<Record<string, readonly [name: string, record: string]>>;
  return clockSentences(rows, (kind) => names[kind]?.[0] ?? kind, first)
    .flatMap((sentence) => wrap(`clock: ${sentence}`, 80, '       '))
    .map((line) => `${line}\n`)
    .join('');
}
