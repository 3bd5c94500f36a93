/** Database files from somebody else: nothing in them runs with rights that a question does not need. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { checksumOf } from '../../src/store/file-header.ts';
import { draintrace, freshFolder, makeDatabase } from '../command/world.ts';

const SECRET = 'correct-horse-battery';
let folder = '';
let sound = '';
let secret = '';

before(async () => {
  folder = freshFolder();
  secret = join(folder, 'secret.txt');
  writeFileSync(secret, SECRET);
  writeFileSync(join(folder, 'other.txt'), 'no log');
  const failure = {
    object_id: 1,
    line: 1,
    time: '2026-11-03T10:00:01Z',
    request_creation_time: '2026-11-03T10:00:01Z',
    elb_status_code: 502,
    target_ip: '10.9.0.1',
    target_port: 8080,
  };
  const object = { object_id: 1, uri: 'file:///a', etag: '1', kind: 'alb_access_log', status: 'complete', keep: 'all' };
  sound = await makeDatabase({
    alb_log: [failure],
    log_object: [{ ...object, last_time: '2026-11-03T10:00:01Z', loaded_at: '2026-11-04T00:00:00Z' }],
    setting: [{ object_id: 1, line: 1, scope: 'workload', subject: 'x', key: 'k', value: 'v' }],
  });
});

async function plain(path: string, work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

let copies = 0;

/** Returns a copy of the sound database, changed by these statements in a plain DuckDB. */
async function poisoned(...statements: string[]): Promise<string> {
  const path = join(folder, `poisoned-${++copies}.duckdb`);
  copyFileSync(sound, path);
  await plain(path, async (connection) => {
    for (const statement of statements) await connection.run(statement);
  });
  return path;
}

/** Returns everything below a folder as one text. */
const textBelow = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

const STOLEN = () => `(select content from read_text('${secret}'))`;

/** Ways to make a file do things that its user did not request. */
const ATTACKS: Record<string, () => string[]> = {
  'a table that is a view over a file': () => [
    'create table s as from setting',
    'drop table setting',
    `create view setting as select * replace (${STOLEN()} as value) from s`,
  ],
  'the ledger as a view': () => [
    'create table l as from log_object',
    'drop table log_object',
    `create view log_object as select * replace (${STOLEN()} as uri) from l`,
  ],
  'a view that reads a file, under a comment of ours': () => [
    `create or replace view pod_address as select ${STOLEN()} as ip, ${STOLEN()} as name`,
    "comment on view verdict is 'queries/view 0123456789abcdef'",
  ],
  'a view that is a table': () => ['drop view target_life', 'create table target_life as select 1 as x'],
  'a macro in place of a built-in function': () => [`create macro lower(x) as ${STOLEN()}`],
  'a table macro in place of a built-in one': () => [`create macro range(x) as table select ${STOLEN()} as range`],
  'our own macro with another body': () => [`create or replace macro unescape(x) as ${STOLEN()}`],
  'a column of another type': () => ['alter table setting alter value type blob'],
  'a column that is gone': () => ['alter table setting drop value'],
  'a version that is no number': () => ["update draintrace set value = 'x' where key = 'schema_version'"],
  'a night that is no JSON': () => ["insert into draintrace values ('night 2026-11-02', '{')"],
  'a night of another shape': () => ["insert into draintrace values ('night 2026-11-02', '[1]')"],
  'a table of ours that is of somebody else': () => [
    'drop table draintrace',
    'create table draintrace as select 1 as n',
  ],
};

for (const [name, statements] of Object.entries(ATTACKS)) {
  test(`${name}: no command reads the secret, and none ends in a bug`, async () => {
    const db = await poisoned(...statements());
    const out = join(folder, `out-${copies}`);
    mkdirSync(out);
    const commands = [
      ['trace', '--from', '2026-11-03'],
      ['report', '--out', join(out, 'r.html')],
      ['query', 'load-summary'],
      ['sql', 'select * from setting, log_object'],
      ['export', '--to', join(out, 'lake')],
      [
        'nightly',
        '--day',
        '2026-11-03',
        '--retention',
        '9999d',
        '--report',
        join(out, 'n.html'),
        '--json',
        join(out, 'n.json'),
      ],
      // From a folder that a load may read, beside the secret.
      ['load', join(folder, 'other.txt')],
      ['trace', '--from', '2026-11-03'],
    ];
    for (const words of commands) {
      const { code, stdout, stderr } = await draintrace([...words, '--db', db], { built: words[0] === 'load' });
      const said = `${words[0]} ends with ${code}: ${stderr}`;
      assert.ok([0, 1, 2, 3, 4, 5, 6].includes(code), said);
      assert.doesNotMatch(stderr, /this is a bug/, said);
      assert.ok(!`${stdout}${stderr}`.includes(SECRET), said);
    }
    assert.ok(!textBelow(out).includes(SECRET));
  });
}

test('the attacks are real: plain DuckDB reads the secret by them', async () => {
  const db = await poisoned(...ATTACKS['a table that is a view over a file']!());
  await plain(db, async (connection) => {
    assert.deepEqual((await connection.runAndReadAll('select value from setting')).getRows(), [[SECRET]]);
  });
});

test('views of another version are not asked, by readers nor by writers', async () => {
  const db = await poisoned("create or replace view pod_life as select 'elsewhere' as ip");
  const ask = () =>
    draintrace(['sql', 'select count(*) as n from pod_life where uid is null', '--format', 'csv', '--db', db]);
  assert.equal((await ask()).stdout, 'n\n0\n');
  assert.equal((await draintrace(['sql', '--write', 'select 1', '--db', db])).code, 0);
  await plain(db, async (connection) => {
    await connection.run('select uid from pod_life');
  });
});

test('what the user made stays usable, with a macro and a view of their own', async () => {
  const db = await poisoned(
    'create macro percent(a, b) as 100 * a / b',
    'create view mine as select percent(1, 4) as p',
  );
  const { stdout } = await draintrace(['sql', 'from mine', '--format', 'csv', '--db', db]);
  assert.equal(stdout, 'p\n25\n');
});

test('a database behind symbolic links is asked and loaded like the file itself', async () => {
  const place = freshFolder();
  mkdirSync(join(place, 'real'));
  copyFileSync(sound, join(place, 'real', 'x.duckdb'));
  symlinkSync('real/x.duckdb', join(place, 'first.duckdb'));
  symlinkSync('first.duckdb', join(place, 'second.duckdb'));
  symlinkSync('real', join(place, 'folder'));
  for (const db of ['first.duckdb', 'second.duckdb', 'folder/x.duckdb'].map((name) => join(place, name))) {
    for (const words of [
      ['trace', '--from', '2026-11-03'],
      ['sql', 'from verdict'],
      ['sql', '--write', 'select 1'],
      ['export', '--to', join(place, 'lake')],
      ['export', '--snapshot', join(place, 'copy.duckdb')],
    ]) {
      const { code, stderr } = await draintrace([...words, '--db', db]);
      assert.equal(code, 0, `${words.join(' ')} ${db}: ${stderr}`);
    }
  }
  assert.deepEqual(readdirSync(join(place, 'real')), ['x.duckdb']);
  // Writing through a link to a missing file makes that file.
  symlinkSync('real/new.duckdb', join(place, 'new.duckdb'));
  assert.equal((await draintrace(['sql', '--write', 'select 1', '--db', join(place, 'new.duckdb')])).code, 0);
  assert.deepEqual(readdirSync(join(place, 'real')).sort(), ['new.duckdb', 'x.duckdb']);
});

test('a file of a newer DuckDB, or of a newer draintrace, is named as that', async () => {
  const newer = join(folder, 'newer-engine.duckdb');
  const bytes = readFileSync(sound);
  const header = bytes.subarray(0, 4096);
  header.writeBigUInt64LE(99n, 12);
  header.writeBigUInt64LE(checksumOf(header), 0);
  writeFileSync(newer, bytes);
  const engine = await draintrace(['trace', '--db', newer]);
  assert.equal(engine.code, 5);
  assert.match(
    engine.stderr,
    /was written by a newer DuckDB \(storage version 99\) than the one in this draintrace: use the/,
  );
  const later = await poisoned("update draintrace set value = '999' where key = 'schema_version'");
  for (const words of [['trace'], ['sql', '--write', 'select 1']]) {
    const run = await draintrace([...words, '--db', later]);
    assert.equal(run.code, 5);
    assert.match(
      run.stderr,
      /has schema version 999, this draintrace reads up to \d+: use the newer draintrace that wrote it/,
    );
  }
});
