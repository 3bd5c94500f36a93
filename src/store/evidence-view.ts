/**
 * The views that read evidence and the ledger alone. They are small, the same for every log that is asked, and the
 * costliest to compute: so a lake has their rows as tables, and an engine that plans a view again wherever it is read
 * reads those.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { schemaStatements } from './schema.ts';
import type { Table } from './table.ts';
import { isMacroFile, listViewFiles, runAll } from './view.ts';

/** Tables whose rows are of logs. */
const LOG_TABLES = ['alb_log', 'alb_count', 'connection_log', 'rejected_line'];

export interface ViewFile {
  name: string;
  /** One select. */
  sql: string;
  /** Tables and views that it reads. */
  needs: string[];
}

/** Returns the views of queries/view in their order. What each reads stands in its header. */
export function readViewFiles(): ViewFile[] {
  return listViewFiles()
    .filter(({ name }) => !isMacroFile(name))
    .map(({ file, name, sql }) => {
      const needs = /^-- Needs: (.+)$/m.exec(sql)?.[1];
      if (!needs) throw new Error(`queries/view/${file}: header needs a line "-- Needs:"`);
      return { name, sql, needs: needs.split(', ') };
    });
}

/** Returns the names of the views that read no log, directly or not, in their order. */
export function evidenceViews(): string[] {
  const ofLogs = new Set(LOG_TABLES);
  const names: string[] = [];
  for (const { name, needs } of readViewFiles()) {
    if (needs.some((need) => ofLogs.has(need))) ofLogs.add(name);
    else names.push(name);
  }
  return names;
}

/** Returns their columns, as this program's views have them. Sums are BIGINT: Parquet has no larger integer. */
export async function evidenceTables(connection: DuckDBConnection): Promise<Table[]> {
  const tables: Table[] = [];
  for (const name of evidenceViews()) {
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

/** Returns them without a database. */
export async function knownEvidenceTables(): Promise<Table[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    // Binding all views costs ten times as much.
    for (const statement of schemaStatements()) await connection.run(statement);
    for (const { file, sql } of listViewFiles()) if (/^0\d-.*macro\.sql$/.test(file)) await runAll(connection, sql);
    const names = evidenceViews();
    for (const { name, sql } of readViewFiles())
      if (names.includes(name)) await connection.run(`create view ${name} as ${sql}`);
    return await evidenceTables(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
