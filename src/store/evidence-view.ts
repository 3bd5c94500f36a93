/**
 * Lists the views that read only evidence and the ledger. They are small, the same for every log, and the most expensive to
 * compute. So a lake holds their rows as tables, for engines that plan a view again wherever it is read.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Header, needsOf, readHeader } from '../query/header.ts';
import { schemaStatements } from './schema.ts';
import type { Table } from './table.ts';
import { isMacroFile, listViewFiles, runAll } from './view.ts';

/** Tables whose rows come from logs. */
const LOG_TABLES = ['alb_log', 'alb_count', 'connection_log', 'rejected_line'];

export interface ViewFile {
  name: string;
  /** One line for people. */
  title: string;
  /** One select. */
  sql: string;
  /** Tables and views that the view reads. */
  needs: string[];
  /** Meaning of each column that the view makes, from lines `-- Column: a, b -- meaning` of the header. */
  columns: ReadonlyMap<string, string>;
}

const VIEW_KEYS = ['Title', 'Why', 'Column', 'Needs'];

function columnsOf({ values }: Header): Map<string, string> {
  const columns = new Map<string, string>();
  for (const line of values.get('Column') ?? []) {
    const [names, meaning] = line.split(/ -- (.*)/s);
    for (const name of names!.split(', ')) columns.set(name, meaning!);
  }
  return columns;
}

/** Returns the views of queries/view in their order. The header of each names what it reads. */
export function readViewFiles(): ViewFile[] {
  return listViewFiles()
    .filter(({ name }) => !isMacroFile(name))
    .map(({ file, name, sql }) => {
      const header = readHeader(`view/${file}`, sql, VIEW_KEYS);
      return {
        name,
        title: header.values.get('Title')?.[0] ?? '',
        sql,
        needs: needsOf(`view/${file}`, header),
        columns: columnsOf(header),
      };
    });
}

/** Returns the names of the views that read no log, directly or indirectly, in their order. */
export function evidenceViews(): string[] {
  const ofLogs = new Set(LOG_TABLES);
  const names: string[] = [];
  for (const { name, needs } of readViewFiles()) {
    if (needs.some((need) => ofLogs.has(need))) ofLogs.add(name);
    else names.push(name);
  }
  return names;
}

/** Returns the columns of the views that read evidence alone, and of these others. */
export const evidenceTables = (connection: DuckDBConnection, others: readonly string[] = []): Promise<Table[]> =>
  describeTables(connection, [...evidenceViews(), ...others]);

/** Returns the columns of these views. Sums are BIGINT, because Parquet has no larger integer. */
async function describeTables(connection: DuckDBConnection, names: readonly string[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const name of names) {
    const rows = (await connection.runAndReadAll(`select column_name, column_type from (describe ${name})`)).getRows();
    tables.push({
      name,
      description: `The rows of the view ${name}.`,
      columns: rows.map(([column, type]) => ({
        name: String(column),
        type: String(type) === 'HUGEINT' ? 'BIGINT' : String(type),
        description: '',
      })),
    });
  }
  return tables;
}

/** Returns the columns of these views without a database. */
async function emptyViews(
  names: readonly string[],
  selects: readonly Pick<ViewFile, 'name' | 'sql'>[] | null = null,
): Promise<Table[]> {
  return withEmptySchema(async (connection) => {
    for (const { file, name, sql } of listViewFiles()) {
      // Macros after the views are for people: no view has them.
      if (isMacroFile(name) && file.startsWith('0')) await runAll(connection, sql);
      // A view over views is bound with all that they read, an empty table at once.
      else if (names.includes(name)) await connection.run(`create table ${name} as ${sql} with no data`);
    }
    for (const { name, sql } of selects ?? []) await connection.run(`create table ${name} as ${sql} with no data`);
    return describeTables(connection, selects?.map(({ name }) => name) ?? names);
  });
}

/** Returns the columns of the views that read evidence alone, without a database. */
export const knownEvidenceTables = (): Promise<Table[]> => emptyViews(evidenceViews());

/** Returns the columns of these selects over evidence, in this order, each of which may read those before it. Without a database. */
export const selectTables = (selects: readonly Pick<ViewFile, 'name' | 'sql'>[]): Promise<Table[]> =>
  emptyViews(evidenceViews(), selects);

/** Returns the columns of every view, without a database. */
export const knownViewTables = (): Promise<Table[]> => emptyViews(readViewFiles().map(({ name }) => name));

async function withEmptySchema<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    for (const statement of schemaStatements()) await connection.run(statement);
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
