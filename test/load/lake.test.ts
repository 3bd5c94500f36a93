/** Tests loading a lake that `export` wrote: the same database, nothing twice; damaged files are named and left for another time. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { type LakeManifest, MANIFEST } from '../../src/store/lake-manifest.ts';
import { check, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase, BY_URI, rowsOf } from './database.ts';
import { killAgainAndAgain, killObjects } from './kill.ts';

const SAMPLES = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));

const folder = freshFolder();
const path = (name: string): string => join(folder, name);
const origin = path('origin.duckdb');

const load = async (db: string, sources: readonly string[], extra: readonly string[] = []) =>
  cli(['load', ...sources, '--timezone', '+08:00', '--db', db, '--no-judge', ...extra], { cwd: folder });
const exported = async (db: string, to: string, extra: readonly string[] = []) =>
  expectStatus(await cli(['export', '--to', to, '--db', db, ...extra], { cwd: folder }), 0);

/** Makes a separate lake for a test that damages it. */
function copyOf(lake: string, name: string): string {
  cpSync(lake, path(name), { recursive: true });
  return path(name);
}
const manifestOf = (lake: string) => JSON.parse(readFileSync(join(lake, MANIFEST), 'utf8')) as LakeManifest;
const fileOf = (lake: string, table: string): string =>
  join(lake, manifestOf(lake).files.find((file) => file.path.startsWith(`${table}/`))!.path);

before(async () => {
  expectStatus(await load(origin, SAMPLES), 0);
  await exported(origin, path('lake'));
});

test('a lake gives the database that it was exported from, and the next time nothing', async () => {
  const db = path('fresh.duckdb');
  const first = expectStatus(await load(db, [path('lake')]), 0);
  assert.match(first.stderr, /^loaded 28 objects of ALB access log: 839 lines = 837 rows \+ 2 rejected/m);
  assert.equal(await assertSameDatabase(origin, db), 837);
  const again = expectStatus(await load(db, [path('lake')]), 0);
  assert.equal(
    again.stderr,
    '36 objects already loaded\n1 object skipped by an earlier load, and not loaded: draintrace query load-summary\n',
  );
  // The logs behind the lake are not loaded again either.
  const logs = expectStatus(await load(db, SAMPLES), 0);
  assert.doesNotMatch(logs.stderr, /^loaded /m);
  assert.equal(await assertSameDatabase(origin, db), 837);
});

test('what is kept of a row is what a log gives: ids as 16 bytes, contexts once, lists only where they differ', async () => {
  const db = path('fresh.duckdb');
  // A spool writes the id of a connection that comes again as a text, a lake none that is 16 bytes.
  const kept =
    'r.* EXCLUDE (context_id, conn_trace_uuid, conn_trace_text), c.* EXCLUDE (context_id, context_key), coalesce(conn_trace_text, ' +
    "'TID_' || replace(CAST(conn_trace_uuid AS VARCHAR), '-', '')) AS conn_trace_id";
  const sorted = `SELECT ${kept} FROM alb_row r JOIN alb_context c USING (context_id) ORDER BY object_id, line`;
  assert.deepEqual(await rowsOf(db, sorted), await rowsOf(origin, sorted));
  const texts = "SELECT count(*) AS n FROM alb_row WHERE regexp_full_match(conn_trace_text, 'TID_[0-9a-f]{32}')";
  assert.equal(Number((await rowsOf(db, texts))[0]!.n), 0);
  const contexts = 'SELECT count(*) AS n FROM alb_context';
  assert.ok(Number((await rowsOf(db, contexts))[0]!.n) <= Number((await rowsOf(origin, contexts))[0]!.n));
});

test('a database that holds half of the objects gets the other half', async () => {
  const db = path('half.duckdb');
  expectStatus(await load(db, [SAMPLES[1]!]), 0);
  const half = await rowsOf(db, 'SELECT count(*) AS n FROM log_object');
  const run = expectStatus(await load(db, [path('lake')]), 0);
  assert.match(run.stderr, new RegExp(`^${half[0]!.n} objects already loaded$`, 'm'));
  assert.equal(await assertSameDatabase(origin, db, BY_URI), 837);
});

test('a lake and its logs in one run: each object once', async () => {
  const db = path('both.duckdb');
  const above = path('above');
  cpSync(path('lake'), join(above, 'deep', 'down'), { recursive: true });
  expectStatus(await load(db, [...SAMPLES, above]), 0);
  assert.equal(await assertSameDatabase(origin, db, BY_URI), 837);
});

test('whatever it is divided by, and whatever its folder is called', async () => {
  for (const [partition, name] of [
    ['day', 'by day [1]*'],
    ['elb', "by 'elb'%20?"],
  ] as const) {
    await exported(origin, path('plain'), ['--partition', partition]);
    renameSync(path('plain'), path(name));
    const db = path(`${partition}.duckdb`);
    expectStatus(await load(db, [path(name)]), 0);
    assert.equal(await assertSameDatabase(origin, db), 837);
  }
});

test('counts of --keep failures come along; a lake that kept all replaces them', async () => {
  const part = path('failures.duckdb');
  expectStatus(await load(part, SAMPLES, ['--keep', 'failures']), 0);
  await exported(part, path('failures'));
  const db = path('failures-back.duckdb');
  expectStatus(await load(db, [path('failures')]), 0);
  assert.ok((await assertSameDatabase(part, db)) < 837);
  expectStatus(await load(db, [path('lake')]), 0);
  assert.equal(await assertSameDatabase(origin, db, BY_URI), 837);
  // The reverse does not hold.
  expectStatus(await load(db, [path('failures')]), 0);
  assert.equal(await assertSameDatabase(origin, db, BY_URI), 837);
});

test('rows and rejected lines of many objects, of access and connection logs, some of them cut', async () => {
  const logs = path('logs');
  mkdirSync(logs);
  for (const [name, body] of killObjects().slice(0, 4)) writeFileSync(join(logs, name), body);
  const connection = (i: number) =>
    i % 50 === 49
      ? `2026-01-31T08:00:00.${i} broken`
      : `2026-01-31T08:00:00.${String(i).padStart(6, '0')}Z 203.0.113.${i % 250} ${1024 + i} 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.0${i} ` +
        `"CN=client ${i}" NotBefore=2025-01-01T00:00:00Z;NotAfter=2027-01-01T00:00:00Z 0${i} Success TID_${i}`;
  writeFileSync(join(logs, 'connection.log'), Array.from({ length: 500 }, (_, i) => connection(i + 1)).join('\n'));
  const [, whole] = killObjects()[5]!;
  writeFileSync(join(logs, 'cut.log.gz'), whole.subarray(0, whole.length / 2));
  const one = path('logs.duckdb');
  expectStatus(await load(one, [logs]), 4);
  await exported(one, path('logs-lake'));
  const other = path('logs-back.duckdb');
  // An object that is damaged stays damaged in a lake.
  assert.match(expectStatus(await load(other, [path('logs-lake')]), 4).stderr, /cut\.log\.gz: truncated gzip$/m);
  assert.ok((await assertSameDatabase(one, other)) > 5000);
  const counts = await rowsOf(
    other,
    'SELECT (SELECT count(*) FROM connection_log) AS connections, (SELECT count(*) FROM rejected_line) AS rejected',
  );
  assert.equal(counts[0]!.connections, 490);
  assert.ok(Number(counts[0]!.rejected) > 10);
});

test('a window, and --lb, pick objects as they do elsewhere; what is dropped at loading is not dropped here, and it says so', async () => {
  const db = path('window.duckdb');
  const run = expectStatus(await load(db, [path('lake')], ['--from', '2026-03-10T14:00:00Z', '--drop-outside']), 0);
  assert.match(run.stderr, /skipped \d+ objects?:\n(?:.*\n)*? {2}\d+ × outside the window$/m);
  assert.match(run.stderr, /^note: file:.*\/lake\/ is loaded as it was exported/m);
  const [times] = await rowsOf(db, "SELECT min(time) > '2026-03-10' AS late, count(*) AS n FROM alb_log");
  assert.deepEqual(times!.late, true);
  assert.ok(Number(times!.n) > 100);
  const none = expectStatus(await load(path('lb.duckdb'), [path('lake')], ['--lb', 'nobody']), 0);
  assert.match(none.stderr, /× other load balancer/);
});

test('a lake of an older draintrace has fewer tables and columns', async () => {
  const lake = copyOf(path('lake'), 'older');
  const manifest = manifestOf(lake);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const file = fileOf(lake, 'alb_log');
  await connection.run(
    `copy (select * exclude (request_transform_status, extra) from read_parquet('${file}', hive_partitioning = false)) to '${file}.new' (format parquet)`,
  );
  const [[rows, checksum]] = (
    await connection.runAndReadAll(
      `select count(*), sum(hash(t)::hugeint)::varchar from read_parquet('${file}.new', hive_partitioning = false) t`,
    )
  ).getRowsJson() as [[string, string]];
  connection.closeSync();
  instance.closeSync();
  renameSync(`${file}.new`, file);
  const entry = manifest.files.find((one) => file.endsWith(one.path))!;
  Object.assign(entry, { rows: Number(rows), checksum, bytes: readFileSync(file).length });
  manifest.files = manifest.files.filter(({ path }) => !path.startsWith('probe_result/'));
  writeFileSync(join(lake, MANIFEST), JSON.stringify(manifest));
  const db = path('older.duckdb');
  expectStatus(await load(db, [lake]), 0);
  await assertSameDatabase(origin, db, {
    alb_log: '* EXCLUDE (request_transform_status, extra)',
    probe_result: 'NULL',
  });
});

describe('damage', () => {
  const harms: [what: string, harm: (lake: string) => void, says: RegExp, left: RegExp | null][] = [
    [
      'a missing file',
      (lake) => rmSync(fileOf(lake, 'alb_log')),
      /alb_log\/.*\.parquet is missing;/,
      /^\d+ objects? left/m,
    ],
    [
      'a file that was cut',
      (lake) => truncateSync(fileOf(lake, 'alb_log'), 1000),
      /alb_log\/.*\.parquet has 1000 bytes where \d+ were exported;/,
      /^\d+ objects? left/m,
    ],
    [
      'a byte that is another',
      (lake) => {
        const file = fileOf(lake, 'rejected_line');
        const bytes = readFileSync(file);
        bytes[40]! ^= 0xff;
        writeFileSync(file, bytes);
      },
      /rejected_line\/data\.parquet (?:cannot be read|has other rows)/,
      /^\d+ objects? left/m,
    ],
    [
      'facts that are gone',
      (lake) => rmSync(fileOf(lake, 'pod_fact')),
      /pod_fact\/data\.parquet is missing;/,
      /^6 objects left/m,
    ],
    ['no ledger', (lake) => rmSync(fileOf(lake, 'log_object')), /log_object\/data\.parquet is missing;/, null],
    ['a broken manifest', (lake) => truncateSync(join(lake, MANIFEST), 100), /draintrace-lake\.json is damaged:/, null],
    [
      'a manifest of another version',
      (lake) => writeFileSync(join(lake, MANIFEST), '{"format": 2, "files": []}'),
      /was written by another version of draintrace/,
      null,
    ],
    [
      'a manifest that is none',
      (lake) => writeFileSync(join(lake, MANIFEST), '[1]'),
      /is not a list of a lake's files/,
      null,
    ],
  ];
  for (const [i, [what, harm, says, left]] of harms.entries()) {
    test(`${what} is named and counted; what is whole is loaded, the rest when it is whole again`, async () => {
      const lake = copyOf(path('lake'), `harmed-${i}`);
      harm(lake);
      const db = path(`harmed-${i}.duckdb`);
      const run = expectStatus(await load(db, [lake]), left === null ? 3 : 4);
      check(run, ({ stderr }) => {
        assert.match(stderr, /^1 object not loaded; run again to finish:$/m);
        assert.match(stderr, says);
        if (left !== null) assert.match(stderr, left);
      });
      const [unbalanced] = await rowsOf(db, 'SELECT count(*) AS n FROM log_object WHERE lines <> "rows" + rejected');
      assert.equal(unbalanced!.n, 0);
      if (left === null) {
        assert.deepEqual(await rowsOf(db, 'SELECT count(*) AS n FROM log_object'), [{ n: 0 }]);
        return;
      }
      expectStatus(await load(db, [path('lake')]), 0);
      assert.equal(await assertSameDatabase(origin, db, BY_URI), 837);
    });
  }
});

test('killed at random moments, load of a lake ends with the same database', async (t) => {
  const logs = path('kill');
  mkdirSync(logs);
  for (const [name, body] of killObjects()) writeFileSync(join(logs, name), body);
  expectStatus(await load(path('kill.duckdb'), [logs]), 0);
  await exported(path('kill.duckdb'), path('kill-lake'));
  t.diagnostic(await killAgainAndAgain({ source: [path('kill-lake')], env: {}, folder: freshFolder() }, 4));
});

test('a lake that has other lines than its ledger says is named, and the run does not end well', async () => {
  const lake = copyOf(path('lake'), 'lies');
  const file = fileOf(lake, 'rejected_line');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT * FROM read_parquet('${file}') LIMIT 0) TO '${file}.new' (FORMAT parquet)`);
  connection.closeSync();
  renameSync(`${file}.new`, file);
  const manifest = manifestOf(lake);
  Object.assign(manifest.files.find(({ path: of }) => file.endsWith(of))!, {
    rows: 0,
    checksum: '0',
    bytes: readFileSync(file).length,
  });
  writeFileSync(join(lake, MANIFEST), JSON.stringify(manifest));
  const run = expectStatus(await load(path('lies.duckdb'), [lake]), 4);
  assert.match(
    run.stderr,
    /lies\/ has other lines than its ledger says, of \d+ of its objects; export to the lake again/,
  );
});
