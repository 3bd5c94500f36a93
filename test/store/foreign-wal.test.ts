/** A write-ahead log beside a database of another origin is refused, never mixed in. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Database, openDatabase, StoreError } from '../../src/store/database.ts';
import { checkFiles } from '../../src/store/write-ahead-log.ts';
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
    /\.wal does not belong to .*: one of the two was copied or restored without the other/.test(error.message);
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

/** Opens copies of a file and bytes of its log. Returns the uris, or the message of the refusal, whose files are unchanged. */
async function openedWith(file: string | null, log: Buffer, ending: string, readOnly: boolean): Promise<unknown> {
  const path = join(freshFolder(), 'restored.duckdb');
  if (file !== null) copyFileSync(file, path);
  writeFileSync(path + ending, log);
  try {
    const database = await openDatabase(path, { readOnly });
    const found = await database.connection.runAndReadAll('SELECT uri FROM log_object ORDER BY object_id');
    database.close();
    return found.getRows().flat();
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    assert.ok(readFileSync(path + ending).equals(log), 'a refused log stays');
    return error.message.replaceAll(path, 'DB');
  }
}

test('what is no log is refused, not deleted', async () => {
  const { file } = await killed('garbage');
  for (const ending of ['.wal', '.wal.checkpoint', '.wal.recovery'])
    for (const text of ['x', 'hello\n', 'a note about a night\n'.repeat(300), 'PAR1\0\0', '\xff'.repeat(64)])
      for (const readOnly of [true, false]) {
        const said = await openedWith(file, Buffer.from(text, 'latin1'), ending, readOnly);
        assert.match(String(said), new RegExp(`^DB\\${ending} is not DuckDB's log of DB: .* move DB\\${ending} away`));
      }
});

test('of a log every cut is opened, and a wrong length of a record is no cut', async () => {
  const { file, wal } = await killed('cut');
  const log = readFileSync(wal);
  const both = ['file:///cut/1', 'file:///cut/2'];
  assert.deepEqual(await openedWith(file, log, '.wal', true), both);
  for (let size = 0; size < log.length; size += size < 60 ? 13 : 151)
    assert.deepEqual(await openedWith(file, log.subarray(0, size), '.wal', true), both.slice(0, 1), `cut at ${size}`);
  assert.deepEqual(await openedWith(file, Buffer.alloc(4096), '.wal', false), both.slice(0, 1));

  // Each byte of the length of the first record: DuckDB takes a length beyond the end for a cut, and drops the commit.
  const first = log.indexOf(Buffer.from([0xff, 0xff])) + 2;
  for (let byte = 0; byte < 8; byte++) {
    const wrong = Buffer.from(log);
    wrong[first + byte]! ^= 0x40;
    for (const readOnly of [true, false])
      assert.match(String(await openedWith(file, wrong, '.wal', readOnly)), /^DB\.wal is damaged/, `byte ${byte}`);
  }
});

test('a log without its database is refused, not deleted', async () => {
  const { wal } = await killed('alone');
  const log = readFileSync(wal);
  assert.match(String(await openedWith(null, log, '.wal', false)), /^DB does not exist, but its log DB\.wal does/);
  // Nothing but a header holds nothing.
  const path = join(freshFolder(), 'header.duckdb');
  writeFileSync(`${path}.wal`, log.subarray(0, 20));
  await checkFiles(path, path);
});

test('a pipe in place of a database or of its log is refused at once', async () => {
  for (const ending of ['', '.wal']) {
    const path = join(freshFolder(), 'pipe.duckdb');
    if (ending !== '') writeFileSync(path, '');
    execFileSync('mkfifo', [path + ending]);
    for (const readOnly of [true, false])
      await assert.rejects(openDatabase(path, { readOnly }), {
        name: 'StoreError',
        message: `${path}${ending} is no regular file: name another with --db`,
      });
  }
});

test('a path with a question mark is refused: DuckDB takes the part behind it for settings, and puts the log elsewhere', async () => {
  const folder = join(freshFolder(), 'why?');
  mkdirSync(folder);
  for (const path of [join(folder, 'x.duckdb'), join(freshFolder(), 'x?y=1.duckdb')]) {
    await assert.rejects(openDatabase(path, { readOnly: false }), {
      name: 'StoreError',
      message: /\?.* cannot be used: DuckDB puts the log/,
    });
    assert.ok(!existsSync(path));
  }
});
