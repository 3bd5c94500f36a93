/** Tests a lake as archive: it has an owner, keeps rows that nightly's retention removes, and loses none unless asked. */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { MANIFEST } from '../../src/store/lake-manifest.ts';
import { ROOT } from '../cli.ts';
import { assertSameDatabase, BY_URI, rowsOf } from '../load/database.ts';
import { draintrace, freshFolder } from './world.ts';

const SAMPLES = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
const folder = freshFolder();
const whole = join(folder, 'whole.duckdb');

/** Runs a command that must end with this exit code, and returns its output. */
async function run(words: readonly string[], code = 0): Promise<string> {
  const done = await draintrace(words, { built: true });
  assert.equal(done.code, code, `${words.join(' ')}: ${done.stderr}`);
  return done.stderr;
}

before(() => run(['load', ...SAMPLES, '--timezone', '+08:00', '--db', whole, '-q']));

let places = 0;

/** A folder with a copy of the database and its lake. */
async function place(): Promise<{ db: string; lake: string }> {
  const path = join(folder, `place-${++places}`);
  mkdirSync(path);
  const db = join(path, 'x.duckdb');
  copyFileSync(whole, db);
  await run(['export', '--to', join(path, 'lake'), '--db', db]);
  return { db, lake: join(path, 'lake') };
}

/** Returns all files of a lake with their bytes. */
const bytesOf = (lake: string): [string, string][] =>
  readdirSync(lake, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path, readFileSync(path, 'base64')];
    })
    .sort();

/** A retention that removes the rows of January 2023 and keeps those of March 2026. The day has no logs. */
const expire = (db: string, retention = '900d') =>
  draintrace(
    ['nightly', '--day', '2026-04-01', '--db', db, '--sources', join(SAMPLES[0]!, 'AWSLogs'), '--retention', retention],
    {
      now: Date.UTC(2026, 3, 2),
      built: true,
    },
  );

test('the lake of another database is refused and stays as it is, whatever the manifest says', async () => {
  const { lake } = await place();
  const other = join(folder, 'other.duckdb');
  await run(['load', join(SAMPLES[0]!, 'evidence'), '--db', other, '-q']);
  const manifest = join(lake, MANIFEST);
  const { database, ...anonymous } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
  assert.match(String(database), /^[\da-f-]{36}$/);
  for (const flags of [[], ['--prune']]) {
    for (const text of [JSON.stringify({ ...anonymous, database }), JSON.stringify(anonymous)]) {
      writeFileSync(manifest, text);
      const before = bytesOf(lake);
      assert.match(await run(['export', '--to', lake, '--db', other, ...flags], 5), /is the lake of another database/);
      assert.deepEqual(bytesOf(lake), before);
    }
  }
  // The database of an older lake knows all its objects, and gives it an identity.
  await run(['export', '--to', lake, '--db', whole]);
  assert.equal((JSON.parse(readFileSync(manifest, 'utf8')) as { database: string }).database, database);
});

test('Parquet files of nobody knows whom are not written over', async () => {
  const lake = join(folder, 'strange');
  mkdirSync(join(lake, 'alb_log', 'day=2026-03-10'), { recursive: true });
  writeFileSync(join(lake, 'alb_log', 'day=2026-03-10', 'data.parquet'), 'PAR1');
  const before = bytesOf(lake);
  assert.match(await run(['export', '--to', lake, '--db', whole], 5), /has Parquet files of an unknown database/);
  assert.deepEqual(bytesOf(lake), before);
});

for (const retention of ['900d', '1d']) {
  test(`after a retention of ${retention} the lake still has everything, and gives it back`, async () => {
    const { db, lake } = await place();
    assert.equal((await expire(db, retention)).code, 0);
    const [left] = await rowsOf(db, 'select count(*) as n from alb_log');
    assert.ok(Number(left!.n) < 837);
    for (let nights = 0; nights < 2; nights++) {
      const said = await run(['export', '--to', lake, '--db', db]);
      assert.doesNotMatch(said, /removed/);
    }
    const back = join(lake, '..', 'back.duckdb');
    await run(['load', lake, '--db', back, '-q']);
    assert.ok((await assertSameDatabase(whole, back, BY_URI)) > 800);
    // Views over evidence see expired rows, too.
    const lives = join(lake, 'view', 'pod_life', 'data.parquet');
    const { stdout } = await draintrace([
      ...[
        'sql',
        `select count(*) as n from read_parquet('${lives}')`,
        '--allow-external',
        '--format',
        'csv',
        '--db',
        whole,
      ],
    ]);
    const [all] = await rowsOf(whole, 'select count(*) as n from pod_life');
    assert.equal(stdout, `n\n${all!.n}\n`);
    const again = await run(['export', '--to', lake, '--db', db]);
    assert.match(again, /^0 files written/);
  });
}

test('--prune makes the lake what the database is, and touches no file that it did not write', async () => {
  const { db, lake } = await place();
  await expire(db);
  const stranger = join(lake, 'alb_log', 'day=1999-01-01', 'data.parquet');
  mkdirSync(join(stranger, '..'));
  writeFileSync(stranger, 'PAR1');
  writeFileSync(join(lake, 'README'), 'ours');
  assert.match(await run(['export', '--to', lake, '--db', db, '--prune']), /, [1-9]\d* files? removed: /);
  assert.deepEqual(
    readdirSync(join(lake, 'alb_log'))
      .filter((day) =>
        readdirSync(join(lake, 'alb_log', day), { recursive: true, encoding: 'utf8' }).some((name) =>
          name.endsWith('data.parquet'),
        ),
      )
      .sort(),
    ['day=1999-01-01', 'day=2026-03-10'],
  );
  assert.ok(existsSync(join(lake, 'README')));
  // A load would record it in the ledger as a file that is no log.
  rmSync(join(lake, 'README'));
  const back = join(lake, '..', 'back.duckdb');
  await run(['load', lake, '--db', back, '-q']);
  await assertSameDatabase(db, back, BY_URI);
});

test('a lake is divided in one way, and has no way out', async () => {
  const { db, lake } = await place();
  const divided = await run(['export', '--to', lake, '--db', db, '--partition', 'day'], 5);
  assert.match(divided, /is divided by day,elb: export with --partition day,elb, or to another folder/);
  const outside = join(folder, 'outside');
  mkdirSync(outside);
  const linked = join(folder, 'linked');
  mkdirSync(linked);
  symlinkSync(outside, join(linked, 'pod_fact'));
  assert.match(await run(['export', '--to', linked, '--db', db], 6), /cannot be written \(ELOOP\)/);
  assert.deepEqual(readdirSync(outside), []);
  // The folder itself may be reached through a link.
  symlinkSync(outside, join(folder, 'way'));
  await run(['export', '--to', join(folder, 'way'), '--db', db]);
  assert.ok(existsSync(join(outside, MANIFEST)));
  cpSync(outside, join(folder, 'copied'), { recursive: true });
  assert.match(await run(['export', '--to', join(folder, 'copied'), '--db', db]), /^0 files written/);
});

/** The files of a lake as the manifest has them, without what depends on when it was written. */
function manifestOf(lake: string): { files: Record<string, unknown>[]; removing?: string[] } {
  const manifest = JSON.parse(readFileSync(join(lake, MANIFEST), 'utf8')) as ReturnType<typeof manifestOf>;
  const files = manifest.files.map(({ path, rows, checksum }) => ({ path, rows, checksum }));
  const at = (path: unknown): string => join(lake, String(path));
  for (const { path } of files) assert.ok(existsSync(at(path)), String(path));
  const there = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
  assert.equal(there.length, files.length);
  return { ...manifest, files: files.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1)) };
}

/** Exports as on the morning of the nights above. */
async function exportOn(lake: string, db: string, ...flags: string[]): Promise<string> {
  const done = await draintrace(['export', '--to', lake, '--db', db, ...flags], {
    now: Date.UTC(2026, 3, 2),
    built: true,
  });
  assert.equal(done.code, 0, done.stderr);
  return done.stderr;
}

// 900 days keep 2026, and 540 hours a half of its day.
for (const retention of ['900d', '540h']) {
  test(`--retention ${retention} makes the lake that a database with that retention would make`, async () => {
    const { db, lake } = await place();
    const expired = join(lake, '..', 'expired.duckdb');
    copyFileSync(db, expired);
    await expire(expired, retention);
    const right = join(lake, '..', 'right');
    await exportOn(right, expired);
    const { files } = manifestOf(right);
    assert.ok(files.length > 30);
    // From a database with everything, into a new lake and into a full one.
    await exportOn(join(lake, '..', 'new'), db, '--retention', retention);
    assert.deepEqual(manifestOf(join(lake, '..', 'new')).files, files);
    const archive = join(lake, '..', 'archive');
    cpSync(lake, archive, { recursive: true });
    assert.match(await exportOn(lake, db, '--retention', retention), /, [1-9]\d* files? removed/);
    assert.deepEqual(manifestOf(lake).files, files);
    assert.match(await exportOn(lake, db, '--retention', retention), /^0 files written[^:]*unchanged: /);
    // From a database that has lost it all already: the lake was the archive.
    await expire(db, '1d');
    await exportOn(archive, db);
    await exportOn(archive, db, '--retention', retention);
    assert.deepEqual(manifestOf(archive).files, files);
  });
}

test('a file that a killed export was about to remove is removed by the next one', async () => {
  const { db, lake } = await place();
  const full = join(lake, '..', 'full');
  cpSync(lake, full, { recursive: true });
  await exportOn(lake, db, '--retention', '900d');
  const { removing } = manifestOf(lake);
  assert.ok(removing!.length > 0);
  // The manifest was written, and nothing removed.
  for (const path of removing!) cpSync(join(full, path), join(lake, path));
  assert.match(await exportOn(lake, db, '--retention', '900d'), /, [1-9]\d* files? removed/);
  assert.ok(removing!.every((path) => !existsSync(join(lake, path))));
  // A manifest of others names no file outside.
  const text = readFileSync(join(lake, MANIFEST), 'utf8');
  writeFileSync(join(lake, MANIFEST), text.replace(`"${removing![0]}"`, '"../../precious"'));
  assert.match(await run(['export', '--to', lake, '--db', db], 5), /is not a list of a lake's files/);
});
