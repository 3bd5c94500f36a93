/** Prints the line about idle timeouts at the end of `trace` and `advise`. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import { type BoundValue, defaultValues } from '../query/parameter.ts';
import { type KeepAliveRow, keepAliveSentences } from '../report/keep-alive.ts';
import { selectAll } from '../store/select.ts';

/** Returns the idle timeouts that the races of a window reveal, a line each; empty without any. */
export async function keepAliveText(
  connection: DuckDBConnection,
  window: Readonly<Record<string, BoundValue>> = {},
): Promise<string> {
  const query = catalogueQuery('keep-alive-races');
  const rows = await selectAll(connection, query.sql, { ...defaultValues(query.parameters), ...window });
  const sentences = keepAliveSentences(rows as unknown as KeepAliveRow[]);
  return sentences.map((sentence) => `keep-alive: ${sentence}\n`).join('');
}
