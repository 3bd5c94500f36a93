/** Makes external tables in a real Trino, as the DDL of Athena does there. */
import type { ExternalTable, HiveType } from '../../src/engine/table.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

const TRINO_TYPE: Record<HiveType, string> = {
  string: 'varchar',
  bigint: 'bigint',
  int: 'integer',
  smallint: 'smallint',
  double: 'double',
  boolean: 'boolean',
  binary: 'varbinary',
};

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Days that logs may have. Trino reads only those that a question needs, as Athena does. */
const DAYS = `partition_projection_type = 'DATE', partition_projection_format = 'yyyy/MM/dd', partition_projection_range = array['2016/01/01', 'NOW']`;

/** Projections of the partitions of raw logs, as the properties of Athena's tables are. */
const projected = (key: string): string => (key === 'day' ? DAYS : `partition_projection_type = 'INJECTED'`);

/**
 * Makes tables in a new schema: those of a lake over `files`/lake, and those of raw logs over the parent of their day folders, or, with
 * partitions of account and region, over the parent of all accounts.
 */
export async function createTables(
  trino: TrinoServer,
  schema: string,
  tables: readonly ExternalTable[],
  folder: string,
): Promise<void> {
  await runTrino(trino.origin, `create schema if not exists hive.${schema}`);
  for (const { name, columns, partitions, pattern, folder: below } of tables) {
    const isRaw = pattern !== null;
    const location = `local:///${folder}${below === null ? '' : `/${below}`}`;
    const site = partitions.includes('account') ? `/\${account}/elasticloadbalancing/\${region}` : '';
    const declared = [
      ...columns.map((column) => `"${column.name}" ${TRINO_TYPE[column.type]}`),
      ...partitions.map((key) => `${key} varchar${isRaw ? ` with (${projected(key)})` : ''}`),
    ];
    const properties = [
      `external_location = ${text(location)}`,
      ...(isRaw ? [`format = 'REGEX'`, `regex = ${text(pattern)}`] : [`format = 'PARQUET'`]),
      ...(partitions.length > 0 ? [`partitioned_by = array[${partitions.map(text).join(', ')}]`] : []),
      ...(isRaw
        ? [
            'partition_projection_enabled = true',
            `partition_projection_location_template = ${text(`${location}${site}/\${day}`)}`,
          ]
        : []),
    ];
    await runTrino(
      trino.origin,
      `create table ${name} (${declared.join(', ')}) with (${properties.join(', ')})`,
      schema,
    );
    if (partitions.length > 0 && !isRaw)
      await runTrino(trino.origin, `call system.sync_partition_metadata('${schema}', '${name}', 'ADD')`, schema);
  }
}
