/** Tests databases of earlier schema versions, from a file that version 1 wrote. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDatabase, StoreError } from '../../src/store/database.ts';
import { SCHEMA_VERSION, schemaStatements, storedTables } from '../../src/store/schema.ts';
import { freshFolder, ROOT } from '../cli.ts';
import { draintrace } from '../command/world.ts';

/**
 * Hash of the statements of each version. If this test fails, the schema has changed: raise SCHEMA_VERSION, make sure that
 * src/store/migrate.ts converts a database of the previous version, and add a line here. A version that is not released yet may
 * change its line.
 */
const HASHES: Record<number, string> = {
  2: 'cd4ca8781179a2f4',
};

const hashOf = (): string =>
  createHash('sha256')
    .update(schemaStatements().join(';').replace(`'${SCHEMA_VERSION}'`, ''))
    .digest('hex')
    .slice(0, 16);

test('the schema is that of its version', () => {
  assert.equal(hashOf(), HASHES[SCHEMA_VERSION]);
});

/** A database of version 1: the samples, a night, and a table, a view and a macro of its user. */
function versionOne(): string {
  const path = join(freshFolder(), 'old.duckdb');
  writeFileSync(path, gunzipSync(readFileSync(join(ROOT, 'test', 'store', 'schema-1.duckdb.gz'))));
  return path;
}

/** Number of rows in every table of version 1. */
async function rowsOf(path: string): Promise<Record<string, number>> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const counts: Record<string, number> = {};
  const tables = (await connection.runAndReadAll('select table_name from duckdb_tables()')).getRows().map(String);
  for (const { name } of storedTables().filter((table) => tables.includes(table.name))) {
    const keys = name === 'draintrace' ? "where key not in ('database_id', 'kept')" : '';
    counts[name] = Number((await connection.runAndReadAll(`select count(*) from "${name}" ${keys}`)).getRows()[0]![0]);
  }
  connection.closeSync();
  instance.closeSync();
  return counts;
}

const VERDICTS = ['sql', 'select object_id, line, cause from verdict order by all', '--format', 'csv'];
const OWN = [
  'sql',
  'select (select count(*) from failed_minutes) as minutes, percent(1, 4) as percent, (select n from note_of_team) as n',
  '--format',
  'csv',
];

test('a question reads a database of version 1 as it is; the next writer migrates it, and keeps the old file', async () => {
  const path = versionOne();
  chmodSync(path, 0o640);
  const before = readFileSync(path);
  const counts = await rowsOf(path);
  assert.ok(counts.alb_row! > 800 && counts.pod_fact! > 0 && counts.log_object! > 30);
  const asked = await draintrace([...VERDICTS, '--db', path]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.ok(asked.stdout.split('\n').length > 20);
  assert.ok(readFileSync(path).equals(before), 'a question changes nothing');

  const written = await draintrace(['sql', '--write', 'select 1', '--db', path]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(
    written.stderr,
    /was migrated from schema version 1 to \d+; the old file is kept as .*old\.duckdb\.backup\n$/,
  );
  assert.deepEqual(readdirSync(join(path, '..')).sort(), ['old.duckdb', 'old.duckdb.backup']);
  assert.ok(readFileSync(`${path}.backup`).equals(before));
  assert.equal(statSync(path).mode & 0o777, 0o640);
  // A table that version 1 lacked is empty.
  assert.deepEqual(await rowsOf(path), { ...counts, service_fact: 0 });
  assert.equal((await draintrace([...VERDICTS, '--db', path])).stdout, asked.stdout);
  assert.equal((await draintrace([...OWN, '--db', path])).stdout, 'minutes,percent,n\n18,25,3\n');
  const again = await draintrace(['sql', '--write', 'select 1', '--db', path]);
  assert.doesNotMatch(again.stderr, /was brought/);
});

test('a migration that cannot be done leaves the database as it was', async () => {
  const path = versionOne();
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run('insert into log_object from log_object limit 1');
  connection.closeSync();
  instance.closeSync();
  const before = readFileSync(path);
  for (const readOnly of [true, false]) {
    await assert.rejects(
      openDatabase(path, { readOnly }),
      (error) =>
        error instanceof StoreError && /holds an object twice: rows of two databases are mixed/.test(error.message),
    );
  }
  assert.ok(readFileSync(path).equals(before));
  assert.deepEqual(readdirSync(join(path, '..')), ['old.duckdb']);
});
