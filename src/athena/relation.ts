/** What stands behind the names of tables on Athena, and the statement that a question becomes there. */
import { lakeRelations, rawRelations, trinoMacros, viewRelations, type Window } from '../engine/relation.ts';
import { composeStatement, type Relation } from '../engine/statement.ts';
import { lakeTables, rawTables } from '../engine/table.ts';
import type { BoundValue } from '../query/parameter.ts';
import { splitStatements, tokensOf } from '../query/token.ts';
import type { Table } from '../store/table.ts';
import { AthenaError } from './error.ts';
import { type Places, placedName } from './location.ts';

const LOG_TABLES: readonly string[] = rawTables().map(({ of }) => of.name);

/** Returns every table: logs in place where they are, else the lake's; what is nowhere has no rows. */
export async function baseRelations(window: Window, places: Places): Promise<Relation[]> {
  const nameOf = (table: string): string => placedName(table, places);
  const relations = await (places.location ? rawRelations(window, nameOf) : lakeRelations(window, nameOf));
  if (places.lake !== null) return relations;
  const tables = new Map((await lakeTables()).map(({ of }) => [of.name, of]));
  return relations.map((relation) =>
    LOG_TABLES.includes(relation.name) ? relation : emptyRelation(tables.get(relation.name)!),
  );
}

const EMPTY_TYPE: Record<string, string> = { TIMESTAMP: 'timestamp(6)', BLOB: 'varbinary' };

/** A table without rows, for what was not exported: a question that reads it is answered from what there is. */
function emptyRelation({ name, columns }: Table): Relation {
  const cells = columns.map(
    (column) => `cast(null as ${EMPTY_TYPE[column.type] ?? column.type.toLowerCase()}) as "${column.name}"`,
  );
  return { name, sql: `select ${cells.join(', ')} where false`, needs: [] };
}

/** A question as it comes from the catalogue or a file. */
export interface Question {
  sql: string;
  /** Tables and views that it reads. */
  needs: readonly string[];
}

/**
 * Returns one statement for a question over the rows of a window. Logs are read in the statement itself, with the window's
 * days, so that no other folder is touched, and so is a lake that is named; without one all other tables are what the views of
 * the database say.
 */
export async function composeFor(
  question: Question,
  window: Window,
  places: Places,
  parameters: Readonly<Record<string, BoundValue>>,
): Promise<string> {
  const all = await baseRelations(window, places);
  const logs = places.lake === null ? all.filter(({ name }) => LOG_TABLES.includes(name)) : all;
  const views = viewRelations();
  const known = new Set([...logs, ...views].map(({ name }) => name));
  const within = (needs: readonly string[]): string[] => needs.filter((name) => known.has(name));
  const relations = [...logs, ...views.map((view) => ({ ...view, needs: within(view.needs) }))];
  return composeStatement(question.sql, within(question.needs), relations, trinoMacros(), parameters);
}

/**
 * Returns the tables whose readings the estimate counts: logs in place all lie in the same folders; of a lake it is the access
 * log, beside which the rest is small.
 */
export async function countedTables(places: Places): Promise<string[]> {
  const tables = places.location ? rawTables() : (await lakeTables()).filter(({ of }) => of.name === 'alb_log');
  return tables.map(({ name }) => placedName(name, places));
}

/**
 * Returns the question that a file's text is: one statement that only reads, with the tables and views that it names. Throws
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
