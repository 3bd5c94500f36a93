/** The part of `advise` about targets that are machines. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BoundValue } from '../query/parameter.ts';
import { type InstanceRow, instanceAdviceText } from '../report/instance-advice.ts';
import type { Style } from '../report/style.ts';
import { ask } from './ask.ts';

/** Returns the advice for each group of machines that requests failed at, empty without any. */
export async function instanceAdvice(
  connection: DuckDBConnection,
  asked: Readonly<Record<string, BoundValue>>,
  style: Style,
): Promise<string> {
  const [known] = await ask(connection, 'advise-instances');
  if (Number(known!.n) === 0) return '';
  // The verdicts are read only where a machine is known.
  const rows = (await ask(connection, 'advise-instance-failures', asked)) as unknown as InstanceRow[];
  return rows.map((row) => instanceAdviceText(row, style.strong)).join('\n');
}
