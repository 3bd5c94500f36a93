/** Tests opening a database that an earlier process did not finish making. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDatabase, StoreError } from '../../src/store/database.ts';
import { ownWrites } from '../../src/store/own-write.ts';
import { schemaStatements } from '../../src/store/schema.ts';
import { beginWithEmpty, emptyPath } from '../../src/store/template-database.ts';
import { freshFolder, ROOT } from '../cli.ts';

/** Makes a database with the first `count` statements of the schema, as a kill leaves it. */
async function begun(count: number): Promise<string> {
  const path = join(freshFolder(), 'begun.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of schemaStatements().slice(0, count)) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return path;
}

test('a database that was left half made is finished by the next writer', async () => {
  const all = schemaStatements().length;
  for (const count of [1, all - 1]) {
    const path = await begun(count);
    await assert.rejects(
      openDatabase(path, { readOnly: true }),
      (error) => error instanceof StoreError && /has no tables of draintrace/.test(error.message),
    );
    const database = await openDatabase(path, { readOnly: false });
    const rows = await database.connection.runAndReadAll(
      'select (select count(*) from draintrace), (select count(*) from verdict)',
    );
    assert.deepEqual(rows.getRows(), [[3n, 0n]]);
    database.close();
  }
});

/** Returns the whole catalogue of a database as SQL. */
async function catalogueOf(path: string): Promise<unknown[][]> {
  const database = await openDatabase(path, { readOnly: false });
  const kinds = [
    "select table_name, sql from duckdb_tables() where schema_name = 'main'",
    'select view_name, sql from duckdb_views() where not internal',
    'select function_name, macro_definition from duckdb_functions() where not internal',
    "select key, value from draintrace where key not in ('database_id', 'kept')",
  ];
  const found = await database.connection.runAndReadAll(`${kinds.join(' union all ')} order by all`);
  database.close();
  return found.getRows();
}

test('the empty database of the build is the one that is made without it', async () => {
  assert.ok(existsSync(emptyPath()), `${emptyPath()} is missing: run make build`);
  const folder = freshFolder();
  const copied = await catalogueOf(join(folder, 'copied.duckdb'));
  assert.ok(copied.length > 60);
  // An existing file is not replaced, so this one is made statement by statement.
  const instance = await DuckDBInstance.create(join(folder, 'made.duckdb'));
  instance.closeSync();
  const made = await catalogueOf(join(folder, 'made.duckdb'));
  assert.deepEqual(made.length, copied.length);
  // DuckDB prints definitions from a file with other parentheses than those just made.
  assert.deepEqual(await catalogueOf(join(folder, 'made.duckdb')), copied);
  assert.deepEqual(readdirSync(folder).sort(), ['copied.duckdb', 'made.duckdb']);
});

test('an empty database is not put beside the log of one that was removed', async () => {
  const path = join(freshFolder(), 'x.duckdb');
  writeFileSync(`${path}.wal`, '');
  await beginWithEmpty(path);
  assert.ok(!existsSync(path));
  rmSync(`${path}.wal`);
  await beginWithEmpty(path);
  assert.ok(existsSync(path));
  await beginWithEmpty(join(path, 'no-folder', 'x.duckdb'));
});

test('no other process can write a database while it is open, whatever was asked of its header', async () => {
  const path = join(freshFolder(), 'open.duckdb');
  const other = `
    const { DuckDBInstance } = require('@duckdb/node-api');
    DuckDBInstance.create(process.argv[1]).then(() => console.log('opened'), (error) => console.log(error.message));`;
  const tryOther = (): string => execFileSync(process.execPath, ['-e', other, path], { encoding: 'utf8', cwd: ROOT });
  // The second writer finds the note of the first one, and compares it with the header.
  for (const round of [1, 2]) {
    const database = await openDatabase(path, { readOnly: false });
    await database.connection.run(`INSERT INTO draintrace VALUES ('round ${round}', '')`);
    assert.match(tryOther(), /Could not set lock/, `round ${round}`);
    await database.seal();
    assert.match(tryOther(), /Could not set lock/, `round ${round}, sealed`);
    database.close();
  }
  const reader = await openDatabase(path, { readOnly: true });
  assert.notEqual(await ownWrites(reader.connection), null);
  assert.match(tryOther(), /Could not set lock/, 'a reader');
  // As two calls of an agent at the same time.
  const second = await openDatabase(path, { readOnly: true });
  second.close();
  assert.match(tryOther(), /Could not set lock/, 'a reader beside which another one has ended');
  const third = await openDatabase(path, { readOnly: true });
  reader.close();
  assert.match(tryOther(), /Could not set lock/, 'the last of two');
  assert.deepEqual((await third.connection.runAndReadAll('select count(*) > 0 from draintrace')).getRows(), [[true]]);
  third.close();
  assert.match(tryOther(), /opened/);
});

test('a file of another program is refused without fetching a library, and a damaged one says what to do', async () => {
  const folder = freshFolder();
  const refused = async (path: string, why: RegExp): Promise<void> => {
    for (const readOnly of [true, false])
      await assert.rejects(openDatabase(path, { readOnly }), (error) => {
        assert.ok(error instanceof StoreError);
        assert.match(error.message, why);
        return true;
      });
  };
  const sqlite = join(folder, 'sqlite.db');
  writeFileSync(sqlite, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8192)]));
  await refused(sqlite, /sqlite\.db is not a DuckDB database: name another file/);
  const cut = join(folder, 'cut.duckdb');
  (await openDatabase(cut, { readOnly: false })).close();
  truncateSync(cut, 300_000);
  await refused(cut, /cut\.duckdb is damaged or cut short: put back a backup of it, or load the logs into a new file/);
});
