/** An export reads only what has changed since the last one, and then writes what an export that reads every row writes. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { openDatabase } from '../../src/store/database.ts';
import { exportLake, type LakeOptions, type LakeOutcome } from '../../src/store/lake.ts';
import { type LakeManifest, MANIFEST } from '../../src/store/lake-manifest.ts';
import { storeAlbLog } from '../../src/store/lake-read.ts';
import { folderTarget } from '../../src/store/lake-target.ts';
import { forgetObjects, nextObjectId } from '../../src/store/ledger.ts';
import { expire } from '../../src/store/night.ts';
import { ownWrites, sealWrites } from '../../src/store/own-write.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import { DAY, HOUR, type Micros, SECOND } from '../../src/time/time.ts';
import { freshFolder } from '../command/world.ts';
import { insert } from '../query/memory.ts';

const START = Date.UTC(2026, 2, 1) * 1000;
const folder = freshFolder();
const db = join(folder, 'x.duckdb');
const lake = join(folder, 'lake');

type Work<T> = (connection: DuckDBConnection) => Promise<T>;

/** Works on the database as a command does; `isSealed` is whether it ends as one that was not killed. */
async function session<T>(work: Work<T>, { path = db, isSealed = true } = {}): Promise<T> {
  const { connection, close } = await openDatabase(path, { readOnly: false, threads: 2 });
  try {
    const done = await work(connection);
    if (isSealed) await sealWrites(connection);
    return done;
  } finally {
    close();
  }
}

/** Works on the database as another client does. */
async function plain(path: string, ...statements: string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

let loads = 0;

/** Loads an object of three rows, an hour apart, of two load balancers. */
async function load(connection: DuckDBConnection, uri: string, first: Micros): Promise<void> {
  const object_id = await nextObjectId(connection);
  loads++;
  const values = [0, 1, 2].map((i) => {
    const cells = {
      object_id,
      line: i + 1,
      time: `make_timestamp(${first + i * HOUR})`,
      elb: `'app/${i % 2}/1'`,
      user_agent: `'${loads}'`,
    };
    return `(${ALB_LOG.columns.map(({ name }) => cells[name as keyof typeof cells] ?? 'null').join()})`;
  });
  await connection.run(
    `create or replace temp table line (${ALB_LOG.columns.map(({ name, type }) => `"${name}" ${type}`).join()})`,
  );
  await connection.run(`insert into line values ${values.join()}`);
  await storeAlbLog(connection, '(from line)');
  await insert(connection, 'log_object', [
    {
      ...{ object_id, uri, etag: String(loads), kind: 'alb_access_log', status: 'complete', keep: 'all' },
      ...{ lines: 3, rows: 3, rejected: 0, dropped: 0, first_time: first, last_time: first + 2 * HOUR },
      loaded_at: START + loads * SECOND,
    },
  ]);
}

async function exported(place: string, options: Partial<LakeOptions> = {}, path = db): Promise<LakeOutcome> {
  const { connection, close } = await openDatabase(path, { readOnly: true, threads: 2, directories: [place] });
  try {
    const all: LakeOptions = { keys: ['day', 'elb'], prune: false, before: null, note: () => {}, ...options };
    return await exportLake(connection, folderTarget(place), all);
  } finally {
    close();
  }
}

const manifestOf = (place: string): LakeManifest =>
  JSON.parse(readFileSync(join(place, MANIFEST), 'utf8')) as LakeManifest;
const writeManifest = (place: string, manifest: LakeManifest): void =>
  writeFileSync(join(place, MANIFEST), JSON.stringify(manifest));
const filesOf = (place: string): unknown[] =>
  manifestOf(place)
    .files.map(({ path, rows, checksum }) => [path, rows, checksum])
    .sort();

await session(async (connection) => {
  await load(connection, 'a', START);
  await load(connection, 'b', START + DAY - HOUR);
  await load(connection, 'c', START + 5 * DAY);
});
mkdirSync(lake);
await exported(lake);

const FORGED = 'forged';
/** Changes what the manifest has of the stored rows. An export that reads these rows notices it. */
function forge(place: string): void {
  const manifest = manifestOf(place);
  const files = manifest.files.map((file) => (file.stored === undefined ? file : { ...file, stored: FORGED }));
  writeManifest(place, { ...manifest, files });
}
/** Returns the days that the export read. */
const readDays = (place: string): string[] => {
  const read = manifestOf(place).files.filter(({ stored }) => stored !== undefined && stored !== FORGED);
  return [...new Set(read.map(({ path }) => path.split('/')[1]!))].sort();
};

test('only the days of objects that are new, replaced or expired are read', async () => {
  const path = join(folder, 'days.duckdb');
  const place = join(folder, 'days');
  copyFileSync(db, path);
  cpSync(lake, place, { recursive: true });
  const after = async (work: Work<void>, isSealed = true) => {
    forge(place);
    await session(work, { path, isSealed });
    await exported(place, {}, path);
    return readDays(place);
  };
  assert.deepEqual(await after(async () => {}), []);
  assert.deepEqual(await after((connection) => load(connection, 'd', START + 6 * DAY)), ['day=2026-03-07']);
  assert.deepEqual(await after((connection) => load(connection, 'late', START + 5 * DAY)), ['day=2026-03-06']);
  const replaced = await after(async (connection) => {
    await forgetObjects(connection, [2]);
    await load(connection, 'b', START + DAY - HOUR);
  });
  assert.deepEqual(replaced, ['day=2026-03-01', 'day=2026-03-02']);
});

test('every day is read after another client wrote, after a kill, and where the ledger of the lake is another one', async () => {
  const all = ['day=2026-03-01', 'day=2026-03-02', 'day=2026-03-06'];
  let number = 0;
  const daysAfter = async (disturb: (path: string, place: string) => Promise<void> | void) => {
    const path = join(folder, `disturbed-${++number}.duckdb`);
    const place = join(folder, `disturbed-${number}`);
    copyFileSync(db, path);
    cpSync(lake, place, { recursive: true });
    forge(place);
    await disturb(path, place);
    await exported(place, {}, path);
    return readDays(place);
  };
  assert.deepEqual(await daysAfter(() => {}), []);
  const edit = "update alb_row set user_agent = 'edited' where object_id = 1";
  assert.deepEqual(await daysAfter((path) => plain(path, edit)), all);
  // Also with an own session after it, which does not hide it.
  const both = async (path: string) => {
    await plain(path, edit);
    await session((connection) => load(connection, 'e', START + 5 * DAY), { path });
  };
  assert.deepEqual(await daysAfter(both), all);
  const killed = (path: string) =>
    session((connection) => load(connection, 'e', START + 5 * DAY), { path, isSealed: false });
  assert.deepEqual(await daysAfter(killed), all);
  const elsewhere = (_: string, place: string) => {
    const manifest = manifestOf(place);
    const files = manifest.files.map((file) =>
      file.path.startsWith('log_object') ? { ...file, checksum: '1' } : file,
    );
    writeManifest(place, { ...manifest, files });
  };
  assert.deepEqual(await daysAfter(elsewhere), all);
});

test('a log of another client that was not closed is not taken for ours', async () => {
  const path = join(folder, 'open.duckdb');
  copyFileSync(db, path);
  const own = (file: string) => {
    const reading = openDatabase(file, { readOnly: true });
    return reading.then(({ connection, close }) => ownWrites(connection).finally(close));
  };
  assert.match(String(await own(path)), /^[\da-f-]{36}$/);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run("update alb_row set user_agent = 'edited'");
  const left = join(folder, 'left.duckdb');
  copyFileSync(path, left);
  copyFileSync(`${path}.wal`, `${left}.wal`);
  connection.closeSync();
  instance.closeSync();
  assert.equal(await own(left), null);
  assert.equal(await own(path), null);
});

test('whatever happens between two exports, the lake is the same as after reading every row', async () => {
  const path = join(folder, 'same.duckdb');
  const place = join(folder, 'same');
  copyFileSync(db, path);
  cpSync(lake, place, { recursive: true });
  const steps: [string, Work<unknown>, Partial<LakeOptions>][] = [
    ['a night', (connection) => load(connection, 'd', START + 6 * DAY), {}],
    ['a late object', (connection) => load(connection, 'late', START + HOUR), {}],
    ['half a day expires', (connection) => expire(connection, START + DAY - HOUR), {}],
    ['a late object of that day', (connection) => load(connection, 'later', START + 2 * HOUR), {}],
    ['the rest expires', (connection) => expire(connection, START + 5 * DAY), {}],
    [
      'an object of an expired day, with the number of another',
      async (connection) => {
        await forgetObjects(connection, [(await nextObjectId(connection)) - 1]);
        await load(connection, 'again', START + DAY + HOUR);
      },
      {},
    ],
    ['the retention of the lake', async () => {}, { before: START + DAY + 90 * 60 * SECOND }],
    ['a night after it', (connection) => load(connection, 'f', START + 7 * DAY), { before: START + 2 * DAY }],
    ['prune', (connection) => load(connection, 'g', START + 7 * DAY), { prune: true }],
  ];
  for (const [name, work, options] of steps) {
    await session(work, { path });
    const slow = join(folder, `slow ${name}`);
    cpSync(place, slow, { recursive: true });
    writeManifest(slow, { ...manifestOf(slow), own: null });
    assert.ok(manifestOf(place).own, name);
    await exported(place, options, path);
    await exported(slow, options, path);
    assert.deepEqual(filesOf(place), filesOf(slow), name);
  }
});
