/** Compares two databases row for row, whatever the order of their rows. */
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { TABLES } from '../../src/store/table.ts';

/** All tables that loading fills, without the times of loading. */
const ALL = Object.fromEntries(TABLES.map(({ name }) => [name, name === 'log_object' ? '* EXCLUDE (loaded_at)' : '*']));

/** For `columns` of assertSameDatabase: identifies objects by uri instead of number. */
export const BY_URI = Object.fromEntries(
  TABLES.map(({ name }) => [
    name,
    name === 'log_object'
      ? '* EXCLUDE (object_id, loaded_at)'
      : `(SELECT uri FROM {db}.log_object o WHERE o.object_id = ${name}.object_id) AS uri, * EXCLUDE (object_id)`,
  ]),
);

/** Returns the rows of a query on a database file as objects. Integers beyond 2^53 do not occur in tests. */
export async function rowsOf(path: string, sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(sql);
    return result
      .getRowObjects()
      .map((row) =>
        Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'bigint' ? Number(v) : v])),
      );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/**
 * Fails unless both files hold the same rows in all tables. Returns the number of rows in alb_log. `columns` replaces the compared
 * columns of a table; `{db}` in it is the current database.
 */
export async function assertSameDatabase(
  one: string,
  other: string,
  columns: Record<string, string> = {},
): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const number = async (sql: string) => Number((await connection.runAndReadAll(sql)).getRows()[0]![0]);
  try {
    await connection.run(`ATTACH '${one}' AS one (READ_ONLY)`);
    await connection.run(`ATTACH '${other}' AS other (READ_ONLY)`);
    for (const [table, all] of Object.entries({ ...ALL, ...columns })) {
      const select = (db: string) => `SELECT ${all.replaceAll('{db}', db)} FROM ${db}.${table} AS ${table}`;
      // Which rows differ takes many times longer to tell than that none does.
      const sum = `SELECT count(*) || ' ' || coalesce(sum(hash(t)::HUGEINT), 0) FROM`;
      const [[mine, theirs]] = (
        await connection.runAndReadAll(`SELECT (${sum} (${select('one')}) t), (${sum} (${select('other')}) t)`)
      ).getRows() as [[string, string]];
      if (mine === theirs) continue;
      const missing = (a: string, b: string) => number(`SELECT count(*) FROM (${select(a)} EXCEPT ALL ${select(b)})`);
      const counts = [await missing('one', 'other'), await missing('other', 'one')];
      assert.deepEqual(counts, [0, 0], `${table}: rows only in ${one}, only in ${other}`);
      assert.fail(`${table}: ${mine} and ${theirs} are sums of the same rows`);
    }
    const unbalanced = await number('SELECT count(*) FROM one.log_object WHERE lines <> "rows" + rejected');
    assert.equal(unbalanced, 0, 'objects whose lines are not rows + rejected');
    return await number('SELECT count(*) FROM one.alb_log');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
