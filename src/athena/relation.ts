/** Defines the tables on Athena, and composes the statement of a question there. */
import { icebergRelations, icebergTables } from '../engine/iceberg-table.ts';
import {
  EVERYTHING,
  lakeRelations,
  rawRelations,
  trinoMacros,
  viewRelations,
  type Window,
} from '../engine/relation.ts';
import { composeStatement, type Relation } from '../engine/statement.ts';
import { lakeTables, rawTables } from '../engine/table.ts';
import type { BoundValue } from '../query/parameter.ts';
import { splitStatements, tokensOf } from '../query/token.ts';
import type { Table } from '../store/table.ts';
import { type CloudwatchTable, cloudwatchRelation } from './cloudwatch-table.ts';
import { exactName } from './ddl.ts';
import { AthenaError } from './error.ts';
import { type DataLocations, placedName, siteKeys } from './location.ts';
import { placeCondition } from './path-range.ts';

const LOG_TABLES: readonly string[] = rawTables().map(({ of }) => of.name);

/** Returns every table: logs in place if given, else the lake's table. A table that is in neither has no rows. */
export async function baseRelations(window: Window, places: DataLocations): Promise<Relation[]> {
  const nameOf = (table: string): string => placedName(table, places);
  if (places.cloudwatch) return withCloudwatch(places.cloudwatch, window, places);
  if (places.location === null) return exportedRelations(window, places);
  const { location } = places;
  const relations = await rawRelations(window, nameOf, {
    narrow: (table) => placeCondition(table, location, window),
    keys: siteKeys(location),
  });
  if (places.lake?.form === 'iceberg') {
    const exported = await exportedRelations(window, places);
    return exported.map((relation) => {
      // Logs in place include the rows that are only counted there.
      if (relation.name === 'alb_count') return { ...relation, sql: `${relation.sql} where false` };
      return LOG_TABLES.includes(relation.name) ? relations.find(({ name }) => name === relation.name)! : relation;
    });
  }
  if (places.lake !== null) return relations;
  const tables = new Map((await lakeTables()).map(({ of }) => [of.name, of]));
  return relations.map((relation) =>
    LOG_TABLES.includes(relation.name) ? relation : emptyRelation(tables.get(relation.name)!),
  );
}

/** Returns the tables of exported rows, without a lake ones without rows, and the access log of CloudWatch's table. */
async function withCloudwatch(table: CloudwatchTable, window: Window, { lake }: DataLocations): Promise<Relation[]> {
  const log = cloudwatchRelation(table, window);
  const others =
    lake === null ? (await lakeTables()).map(({ of }) => emptyRelation(of)) : await exportedRelations(window, { lake });
  return others.map((relation) => {
    if (relation.name === 'alb_count')
      return { ...relation, sql: `select * from (${relation.sql}) counted where false` };
    return relation.name === log.name ? log : relation;
  });
}

/** Returns the tables of exported rows. */
export function exportedRelations(window: Window, { lake }: Pick<DataLocations, 'lake'>): Promise<Relation[]> {
  const nameOf = (table: string): string => placedName(table, { location: null, lake });
  return lake?.form === 'iceberg' ? icebergRelations(window, nameOf) : lakeRelations(window, nameOf);
}

const EMPTY_TYPE: Record<string, string> = { TIMESTAMP: 'timestamp(6)', BLOB: 'varbinary' };

/** A table without rows, for data that was not exported, so a question about it is answered from the data that exists. */
function emptyRelation({ name, columns }: Table): Relation {
  const cells = columns.map(
    (column) => `cast(null as ${EMPTY_TYPE[column.type] ?? column.type.toLowerCase()}) as "${column.name}"`,
  );
  return { name, sql: `select ${cells.join(', ')} where false`, needs: [] };
}

/** A question from the catalogue or a file. */
export interface Question {
  sql: string;
  /** Tables and views that the question reads. */
  needs: readonly string[];
}

/**
 * Returns one statement for a question over the rows of a window. The statement itself reads the logs, limited to the window's
 * days, so no other folder is read; the same holds for a named lake. Without a lake, all other tables are the views of the
 * Athena database.
 */
export async function composeFor(
  question: Question,
  window: Window,
  places: DataLocations,
  parameters: Readonly<Record<string, BoundValue>>,
): Promise<string> {
  const all = await baseRelations(window, places);
  const logs = places.lake === null ? await withConsoleViews(all) : all;
  const views = viewRelations();
  const known = new Set([...logs, ...views].map(({ name }) => name));
  const within = (needs: readonly string[]): string[] => needs.filter((name) => known.has(name));
  const relations = [...logs, ...views.map((view) => ({ ...view, needs: within(view.needs) }))];
  return composeStatement(question.sql, within(question.needs), relations, trinoMacros(), parameters);
}

/** Returns the logs in place, and for other tables those of the Athena database. */
async function withConsoleViews(all: readonly Relation[]): Promise<Relation[]> {
  const views = await consoleRelations();
  return all.map((one) => (LOG_TABLES.includes(one.name) ? one : views.find(({ name }) => name === one.name)!));
}

/** Returns all tables as selects over the views of the Athena database, with all digits of times. */
export const consoleRelations = (): Promise<Relation[]> =>
  lakeRelations(EVERYTHING, (table) => exactName(table.replace(/^lake_/, '')));

/**
 * Returns the tables that the estimate counts. All logs in place lie in the same folders. In a lake only the access log
 * counts, because the rest is small.
 */
export async function countedTables(places: DataLocations): Promise<string[]> {
  const exported = places.lake?.form === 'iceberg' ? await icebergTables() : await lakeTables();
  const tables = places.location ? rawTables() : exported.filter(({ of }) => of.name === 'alb_log');
  return tables.map(({ name }) => placedName(name, places));
}

/**
 * Parses a file with one read-only statement and returns it as a question, with the tables and views that it names. Throws
 * AthenaError.
 */
export async function questionOf(file: string, text: string): Promise<Question> {
  const { statements, rest } = splitStatements(text);
  const all = [...statements, ...(rest === '' ? [] : [rest])];
  if (all.length !== 1) {
    throw new AthenaError(`${file} holds ${all.length} statements: Athena takes one at a time`, 'question');
  }
  const names = tokensOf(all[0]!).filter(({ kind }) => kind === 'name');
  if (!/^(?:select|with|values)$/i.test(names[0]?.text ?? '')) {
    throw new AthenaError(`${file} does not begin with SELECT or WITH: only questions are run`, 'question');
  }
  const relations = [...(await lakeTables()).map(({ of }) => of.name), ...viewRelations().map(({ name }) => name)];
  return { sql: all[0]!, needs: relations.filter((name) => names.some(({ text: word }) => word === name)) };
}
