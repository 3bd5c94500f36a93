/** A write-ahead log beside a database of another origin is refused, never mixed in. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Database, openDatabase, StoreError } from '../../src/store/database.ts';
import { freshFolder } from '../cli.ts';

const folder = freshFolder();

/** Makes a database whose second object is only in the log, and keeps copies of file and log as a kill leaves them. */
async function killed(name: string): Promise<{ file: string; wal: string; later: string; laterWal: string }> {
  const path = join(folder, `${name}.duckdb`);
  const kept = { file: `${path}.file`, wal: `${path}.log`, later: `${path}.later`, laterWal: `${path}.later-log` };
  const database = await openDatabase(path, { readOnly: false });
  const add = (id: number) =>
    database.connection.run(`INSERT INTO log_object (object_id, uri) VALUES (${id}, 'file:///${name}/${id}')`);
  await add(1);
  await database.connection.run('CHECKPOINT');
  await add(2);
  copyFileSync(path, kept.file);
  copyFileSync(`${path}.wal`, kept.wal);
  await database.connection.run('CHECKPOINT');
  copyFileSync(path, kept.later);
  await add(3);
  copyFileSync(`${path}.wal`, kept.laterWal);
  database.close();
  return kept;
}

async function uris(file: string, wal: string, readOnly: boolean): Promise<unknown[]> {
  const path = join(folder, 'restored.duckdb');
  for (const left of [path, `${path}.wal`]) rmSync(left, { force: true });
  copyFileSync(file, path);
  copyFileSync(wal, `${path}.wal`);
  let database: Database | null = null;
  try {
    database = await openDatabase(path, { readOnly });
    const found = await database.connection.runAndReadAll('SELECT uri FROM log_object ORDER BY object_id');
    return found.getRows().flat();
  } finally {
    database?.close();
    assert.ok(existsSync(path));
  }
}

test('its own log is replayed, another one is refused with what to do', async () => {
  const one = await killed('one');
  const two = await killed('two');
  const refused = (error: unknown): boolean =>
    error instanceof StoreError &&
    /\.wal does not belong to .*: one of the two was copied or put back without the other/.test(error.message);
  for (const readOnly of [true, false]) {
    assert.deepEqual(await uris(one.file, one.wal, readOnly), ['file:///one/1', 'file:///one/2']);
    await assert.rejects(uris(two.file, one.wal, readOnly), refused);
    await assert.rejects(uris(one.file, two.wal, readOnly), refused);
    // File and log of one database, copied at different moments.
    await assert.rejects(uris(one.later, one.wal, readOnly), refused);
    await assert.rejects(uris(one.file, one.laterWal, readOnly), refused);
  }
});

test('a log that is damaged is refused with what to do, and one that was cut gives its whole commits', async () => {
  const { file, wal } = await killed('torn');
  const bytes = readFileSync(wal);
  const torn = `${wal}.torn`;
  writeFileSync(torn, bytes.subarray(0, bytes.length - 10));
  assert.deepEqual(await uris(file, torn, true), ['file:///torn/1']);
  bytes[bytes.length - 30]! ^= 0xff;
  writeFileSync(torn, bytes);
  await assert.rejects(
    uris(file, torn, false),
    (error: unknown) => error instanceof StoreError && /\.wal is damaged: put back a backup/.test(error.message),
  );
});

test('the ledger takes no object and no number twice', async () => {
  const database = await openDatabase(join(folder, 'keys.duckdb'), { readOnly: false });
  const add = (id: number, uri: string) =>
    database.connection.run(`INSERT INTO log_object (object_id, uri) VALUES (${id}, '${uri}')`);
  await add(1, 'file:///a');
  await assert.rejects(add(1, 'file:///b'), /Duplicate key/);
  await assert.rejects(add(2, 'file:///a'), /Duplicate key/);
  // An object that is loaded again is replaced in one transaction.
  await database.connection.run('BEGIN');
  await database.connection.run('DELETE FROM log_object WHERE object_id = 1');
  await add(2, 'file:///a');
  await database.connection.run('COMMIT');
  database.close();
});
