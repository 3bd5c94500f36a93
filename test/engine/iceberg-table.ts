/** Makes tables of Iceberg in a real Trino, as the DDL of Athena does there, and translates the statements that Trino spells otherwise. */
import { ICEBERG_SQL_TYPE, icebergTables } from '../../src/engine/iceberg-table.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

/** Makes all tables in the schema. */
export async function createIcebergTables(
  trino: TrinoServer,
  schema: string,
  nameOf: (table: string) => string,
): Promise<void> {
  for (const { name, of, columns } of await icebergTables()) {
    const declared = columns.map((column) => `"${column.name}" ${ICEBERG_SQL_TYPE[column.type]}`);
    const byDay = of.name === 'alb_log' ? ` with (partitioning = array['day("time")'])` : '';
    await runTrino(trino.origin, `create table iceberg.${schema}.${nameOf(name)} (${declared.join(', ')})${byDay}`);
  }
}

/** Returns a statement of Athena as Trino spells it. */
export function asTrinoSays(sql: string): string {
  const optimize = /^OPTIMIZE "(\w+)"\."(\w+)" REWRITE DATA USING BIN_PACK$/.exec(sql);
  if (optimize) return `alter table iceberg.${optimize[1]}.${optimize[2]} execute optimize`;
  const vacuum = /^VACUUM "(\w+)"\."(\w+)"$/.exec(sql);
  if (vacuum) return `alter table iceberg.${vacuum[1]}.${vacuum[2]} execute expire_snapshots`;
  return sql;
}
