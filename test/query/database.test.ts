/** Tests opening a database: what is made, what is refused, and whose views are used. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDatabase, StoreError } from '../../src/store/database.ts';
import { SqlError } from '../../src/store/error.ts';
import { select, selectAll } from '../../src/store/select.ts';

const freshPath = (): string => join(mkdtempSync(join(tmpdir(), 'draintrace-test-')), 'x.duckdb');

/** Makes a database and lets `change` damage it. */
async function changed(change: string): Promise<string> {
  const path = freshPath();
  (await openDatabase(path, { readOnly: false })).close();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(change);
  connection.closeSync();
  instance.closeSync();
  return path;
}

const refused = (path: string, says: RegExp, readOnly = true) =>
  assert.rejects(
    openDatabase(path, { readOnly }),
    (error: unknown) => error instanceof StoreError && says.test(error.message) && error.message.includes(path),
  );

test('a writer makes tables and views, and a second one finds them', async () => {
  const path = await changed('select 1');
  const database = await openDatabase(path, { readOnly: false });
  assert.deepEqual(await selectAll(database.connection, 'select count(*) as n from verdict'), [{ n: 0 }]);
  database.close();
});

test('a reader answers by its own views, whoever made those of the file', async () => {
  const path = await changed("create or replace view verdict as select 'old' as cause from range(3)");
  const database = await openDatabase(path, { readOnly: true });
  assert.deepEqual(await selectAll(database.connection, 'select count(*) as n from verdict'), [{ n: 0 }]);
  database.close();
});

test('a writer replaces views of another version in the file', async () => {
  const path = await changed("create or replace view verdict as select 'old' as cause from range(3)");
  (await openDatabase(path, { readOnly: false })).close();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  assert.equal(Number((await connection.runAndReadAll('select count(*) from verdict')).getRows()[0]![0]), 0);
  connection.closeSync();
  instance.closeSync();
});

test('what cannot be used is refused in one sentence', async () => {
  await refused(await changed("update draintrace set value = '99' where key = 'schema_version'"), /schema version 99/);
  await refused(await changed("update draintrace set value = '0' where key = 'schema_version'"), /version 0/, false);
  await refused(await changed('drop table draintrace'), /has no tables of draintrace/);
  await refused(freshPath(), /does not exist.*draintrace load/);
  await refused(join(freshPath(), 'deeper.duckdb'), /its folder does not exist/, false);
});

test('a reader can neither write nor reach a file', async () => {
  const database = await openDatabase(await changed('select 1'), { readOnly: true });
  for (const sql of [
    'delete from log_object',
    "copy (select 1) to '/tmp/draintrace-never.csv'",
    "select * from '/etc/passwd'",
    "attach '/tmp/draintrace-never.duckdb'",
    'set enable_external_access = true',
    'install httpfs',
  ]) {
    await assert.rejects(
      (async () => {
        for await (const _ of (await select(database.connection, sql)).chunks);
      })(),
      SqlError,
      sql,
    );
  }
  database.close();
});

test('values of every kind are safe to print', async () => {
  const database = await openDatabase(await changed('select 1'), { readOnly: true });
  const rows = await selectAll(
    database.connection,
    `select timestamp '2023-01-07 09:22:52.872365' as t, timestamp '2023-01-07 00:00:00' as midnight,
      timestamptz '2023-01-07 17:22:52+08' as tz, timestamp 'infinity' as never, date '2023-01-07' as d,
      9007199254740991::bigint as safe, -9007199254740993::bigint as big, 170141183460469231731687303715884105727::hugeint as huge,
      '\\x00\\x5Ca\\xFF'::blob as b, 'nan'::double as nan, 0.315749::double as f, true as yes, null as nothing,
      {'a': [1, null], 'b': timestamp '2023-01-07 09:00:00'} as s, map {'k': 1::bigint} as m, 1 as dup, 2 as dup`,
  );
  assert.deepEqual(rows, [
    {
      t: '2023-01-07T09:22:52.872365Z',
      midnight: '2023-01-07T00:00:00.000000Z',
      tz: '2023-01-07T09:22:52.000000Z',
      never: 'infinity',
      d: '2023-01-07',
      safe: 9007199254740991,
      big: '-9007199254740993',
      huge: '170141183460469231731687303715884105727',
      b: '\\x00\\x5Ca\\xFF',
      nan: 'NaN',
      f: 0.315749,
      yes: true,
      nothing: null,
      s: { a: [1, null], b: '2023-01-07T09:00:00.000000Z' },
      m: [{ key: 'k', value: 1 }],
      dup: 1,
      'dup:1': 2,
    },
  ]);
  database.close();
});
