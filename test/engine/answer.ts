/** Asks both engines one question and returns rows that can be compared. */
import { trinoMacros, viewRelations } from '../../src/engine/relation.ts';
import { composeStatement, type Relation } from '../../src/engine/statement.ts';
import type { Query } from '../../src/query/catalogue.ts';
import type { BoundValue } from '../../src/query/parameter.ts';
import type { Database } from '../../src/store/database.ts';
import { select } from '../../src/store/select.ts';
import { runTrino } from './trino.ts';

type Parameters = Record<string, BoundValue>;
const macros = trinoMacros();
const views = viewRelations();

/** Returns a cell of either engine in one comparable form. Sums of doubles differ in the last digits with the order of the rows. */
function cell(value: unknown, type: string): unknown {
  if (value === null) return null;
  if (/^timestamp/i.test(type)) {
    const [, date, time, fraction = ''] = /^(\S{10})[ T]([\d:]{8})(?:\.(\d+))?Z?$/.exec(String(value)) ?? [];
    return date ? `${date} ${time}.${fraction.padEnd(6, '0').slice(0, 6)}` : value;
  }
  if (/^(double|real|decimal|float)/i.test(type)) return Number(Number(value).toPrecision(14));
  if (typeof value === 'number' || /int/i.test(type)) return Number(value);
  return value;
}

let turn: Promise<unknown> = Promise.resolve();

/** Runs one question at a time, because a connection returns one result at a time. */
export function onDuckdb(database: Database, query: Query, parameters: Parameters): Promise<unknown[][]> {
  const answer = turn.then(async () => {
    const { columns, chunks } = await select(database.connection, query.sql, parameters);
    const rows: unknown[][] = [];
    for await (const chunk of chunks)
      for (const row of chunk) rows.push(row.map((value, i) => cell(value, columns[i]!.type)));
    return rows;
  });
  turn = answer.catch(() => {});
  return answer;
}

/** Returns the statement for Trino. */
export function statementOf(query: Query, parameters: Parameters, tables: readonly Relation[]): string {
  return composeStatement(query.sql, query.needs, [...tables, ...views], macros, parameters);
}

export async function onTrino(origin: string, schema: string, statement: string): Promise<unknown[][]> {
  const { columns, rows } = await runTrino(origin, statement, schema);
  return rows.map((row) => row.map((value, i) => cell(value, columns[i]!.type)));
}
