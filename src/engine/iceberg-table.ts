/** The tables of Iceberg that lakes are appended to: those of a lake, the versions of their objects, and parts of large views. */
import { readViewFiles, selectTables } from '../store/evidence-view.ts';
import type { Table } from '../store/table.ts';
import type { NameOf, Window } from './relation.ts';
import { type Relation, timestampText } from './statement.ts';
import { HIVE_TYPE, lakeTables } from './table.ts';
import { type ViewPart, viewParts } from './view-part.ts';

/** Column of a view's table that tells its rows apart, because views have no key. */
export const ROW_MARK = 'row_mark';

/** Numbers each version of each object that any writer has appended: the object_id of all other tables. */
export const VERSIONS: Table = {
  name: 'object_version',
  description:
    'One version of an object of the ledger. Of equal uri and origin, the version that was loaded last counts.',
  columns: [
    { name: 'object_id', type: 'INTEGER', description: 'number of the version, in the order of appending' },
    { name: 'uri', type: 'VARCHAR', description: 'as in the ledger' },
    {
      name: 'origin',
      type: 'VARCHAR',
      description: 'the lake of a file of one machine; empty for an object that has one name everywhere',
    },
    { name: 'version', type: 'VARCHAR', description: 'content and how much of it was kept' },
    { name: 'loaded_at', type: 'TIMESTAMP', description: 'as in the ledger' },
    { name: 'is_complete', type: 'BOOLEAN', description: 'whether all tables have its rows' },
  ],
};

/** A table of Iceberg. */
export interface IcebergTable {
  name: string;
  of: Table;
  columns: { name: string; type: IcebergType }[];
  /** Whether its rows are computed from the others. */
  isView: boolean;
  /** The view that this is a part of; null for whole views and other tables. */
  partOf: string | null;
}

/** Types of Iceberg, which has no small integer. */
export type IcebergType = 'string' | 'bigint' | 'int' | 'double' | 'boolean' | 'binary' | 'timestamp';

/** Types of columns in the engine's own SQL. */
export const ICEBERG_SQL_TYPE: Record<IcebergType, string> = {
  string: 'varchar',
  bigint: 'bigint',
  int: 'integer',
  double: 'double',
  boolean: 'boolean',
  binary: 'varbinary',
  timestamp: 'timestamp(6)',
};

function icebergType(type: string): IcebergType {
  if (type === 'TIMESTAMP') return 'timestamp';
  const known = HIVE_TYPE[type];
  if (!known) throw new Error(`Iceberg has no type for ${type}`);
  return known === 'smallint' ? 'int' : known;
}

let parts: Map<string, ViewPart[]> | undefined;

/** Returns views as they are computed, by their name: the parts of a large view, then itself. */
export function computedViews(): Map<string, ViewPart[]> {
  parts ??= new Map(readViewFiles().map((file) => [file.name, viewParts(file)]));
  return parts;
}

let partTables: Promise<Map<string, Table>> | undefined;

/** Returns the tables in the order in which they are filled: versions, tables, then views and their parts, each after those that it reads. */
export async function icebergTables(): Promise<IcebergTable[]> {
  const tables = await lakeTables();
  partTables ??= selectTables([...computedViews().values()].flatMap((one) => one.slice(0, -1))).then(
    (found) => new Map(found.map((table) => [table.name, table])),
  );
  const known = await partTables;
  return [
    tableOf(VERSIONS, false),
    ...tables.flatMap(({ of, folder }) => {
      if (folder === of.name) return [tableOf(of, false)];
      const own = computedViews().get(of.name)!.slice(0, -1);
      return [...own.map(({ name }) => tableOf(known.get(name)!, true, of.name)), tableOf(of, true)];
    }),
  ];
}

const tableOf = (of: Table, isView: boolean, partOf: string | null = null): IcebergTable => ({
  name: `iceberg_${of.name}`,
  of,
  columns: [
    ...of.columns.map(({ name, type }) => ({ name, type: icebergType(type) })),
    ...(isView ? [{ name: ROW_MARK, type: 'string' as const }] : []),
  ],
  isView,
  partOf,
});

/** Returns the tables as relations of a question, under the names of the lake's. */
export async function icebergRelations(window: Window, nameOf: NameOf): Promise<Relation[]> {
  const tables = await icebergTables();
  return icebergSelects(
    tables.slice(1).filter(({ partOf }) => partOf === null),
    window,
    nameOf,
  );
}

/** Returns the selects of all rows of these tables, within the window. */
export const icebergSelects = (tables: readonly IcebergTable[], window: Window, nameOf: NameOf): Relation[] =>
  tables.map((table) => ({ name: table.of.name, sql: icebergSelect(table, window, nameOf), needs: [] }));

function icebergSelect({ name, of }: IcebergTable, { from, to }: Window, nameOf: NameOf): string {
  const conditions: string[] = [];
  if (of.name === 'alb_log') {
    if (from !== null) conditions.push(`"time" >= timestamp '${timestampText(from)}'`);
    if (to !== null) conditions.push(`"time" < timestamp '${timestampText(to)}'`);
  }
  const where = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : '';
  return `select ${of.columns.map((column) => `"${column.name}"`).join(', ')} from ${nameOf(name)}${where}`;
}
