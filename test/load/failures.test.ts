/** Compares `--keep failures` with its definition: the rows to keep and the counts, computed from a full load of the same logs. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { StandIn } from '../s3/stand-in.ts';
import { assertSameDatabase, rowsOf } from './database.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 0, 31, 8);
/** Objects lie so far apart that most of them are far from every failure and every end. */
const APART = 8 * 60_000;
const cwd = freshFolder();

/** For databases loaded from two places: leaves out the columns that name the place or the time. */
const NO_TIME = { log_object: '* EXCLUDE (loaded_at)' };
const NO_OBJECTS = { log_object: '* EXCLUDE (loaded_at, uri, etag, modified)' };

/** Each object with the rows that were kept, and that were only counted. */
const COUNTED = `SELECT uri, etag, "rows", rejected,
    (SELECT count(*) FROM alb_log l WHERE l.object_id = o.object_id) AS kept,
    (SELECT sum(requests)::BIGINT FROM alb_count c WHERE c.object_id = o.object_id) AS counted,
    (SELECT count(*) FROM rejected_line j WHERE j.object_id = o.object_id) AS stored_rejected
  FROM log_object o ORDER BY uri`;

/** Whether one of two selects returns a row that the other lacks. */
async function differing(one: string, other: string): Promise<number[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const name of ['all', 'failures'])
      await connection.run(`ATTACH '${join(cwd, name)}.duckdb' AS "${name}" (READ_ONLY)`);
    await connection.run('CREATE MACRO tens(t) AS floor(epoch(t) / 600)');
    await connection.run(`CREATE TABLE timed AS ${TIMED}`);
    await connection.run(`CREATE TABLE judged AS ${JUDGED}`);
    const count = async (sql: string) =>
      Number((await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`)).getRows()[0]![0]);
    return [
      await count(`(${one}) EXCEPT ALL (${other})`),
      await count(`(${other}) EXCEPT ALL (${one})`),
      await count(one),
    ];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

before(async () => {
  mkdirSync(join(cwd, 'logs'));
  for (let i = 0; i < 30; i++) {
    // Two objects in thirty have failures of one target, one has those of a second; in the last one a third fails.
    const failing = i % 14 === 9 ? '10.0.1.15:8080' : i === 29 ? '10.0.2.20:8080' : '10.0.9.9:8080';
    const failEvery = [4, 9, 23, 29].includes(i) ? 90 : 0;
    const text = logText({ rows: 800, seed: i + 1, start: START + i * APART, failEvery, breakEvery: 401 });
    writeFileSync(
      join(cwd, 'logs', `${String(i).padStart(2, '0')}.log.gz`),
      gzipSync(text.replaceAll('10.0.9.9:8080', failing)),
    );
  }
  // This target never fails, and goes away while the logs are written.
  writeFileSync(join(cwd, 'pods.csv'), 'pod,ip,deleted_at\nweb-1,10.0.0.12,2026-01-31T08:02:00Z\n');
  for (const keep of ['all', 'failures']) {
    const db = `${keep}.duckdb`;
    expectStatus(await cli(['load', 'pods.csv', '--db', db], { cwd }), 0);
    expectStatus(await cli(['load', 'logs', '--db', db, '--keep', keep, '--batch', '0.1', '--no-judge'], { cwd }), 0);
  }
});

const END = "timestamp '2026-01-31 08:02:00'";
/** Each row of the full load, and whether it is kept: said anew, row by row. */
const JUDGED = `
  SELECT
    l.* EXCLUDE (routed_at, is_failed, is_balancers),
    is_failed
    OR (target_ip, target_port) IN (SELECT target_ip, target_port FROM timed WHERE is_balancers)
      AND EXISTS (FROM timed f WHERE f.is_balancers AND f.target_group_arn IS NOT DISTINCT FROM l.target_group_arn
        AND (abs(tens(f.routed_at) - tens(l.routed_at)) <= 1 OR abs(tens(f.time) - tens(l.routed_at)) <= 1))
    OR target_ip = '10.0.0.12'
      AND (tens(l.routed_at) BETWEEN tens(${END}) - 1 AND tens(${END}) + 6
        OR EXISTS (FROM timed f WHERE f.is_balancers AND f.target_group_arn IS NOT DISTINCT FROM l.target_group_arn
          AND (abs(tens(f.routed_at) - tens(l.routed_at)) <= 1 OR abs(tens(f.time) - tens(l.routed_at)) <= 1)))
    OR target_status_code IS NOT NULL
      AND (target_ip = '10.0.0.12' OR (target_ip, target_port) IN (SELECT target_ip, target_port FROM timed WHERE is_balancers))
      AND (1 = row_number() OVER (of_ten ORDER BY l.routed_at, line)
        OR 1 = row_number() OVER (of_ten ORDER BY l.routed_at DESC, line DESC)
        OR 1 = row_number() OVER (of_ten ORDER BY time DESC, line DESC)) AS is_kept
  FROM timed l
  WINDOW of_ten AS (PARTITION BY object_id, elb, target_group_arn, target_ip, target_port, tens(l.routed_at), target_status_code IS NULL)`;
const TIMED = `
  SELECT
    *, coalesce(request_creation_time, time) AS routed_at, elb_status_code >= 500 OR elb_status_code = 460 AS is_failed,
    (elb_status_code >= 500 OR elb_status_code = 460) AND target_status_code IS DISTINCT FROM elb_status_code AS is_balancers
  FROM "all".alb_log`;

test('its rows are the failures, and those near failures and ends of targets that fail or go away', async () => {
  const [missing, more, rows] = await differing(
    'SELECT * EXCLUDE (is_kept) FROM judged WHERE is_kept',
    'SELECT * FROM "failures".alb_log',
  );
  assert.deepEqual([missing, more], [0, 0]);
  assert.ok(rows! > 500 && rows! < 12_000, `${rows} rows are kept`);
});

test('everything else is counted by minute, target and status', async () => {
  const columns = 'object_id, elb, target_group_arn, target_ip, target_port, elb_status_code, target_status_code';
  const counted = `SELECT ${columns}, date_trunc('minute', time) AS minute, count(*) AS requests, sum(received_bytes)::BIGINT AS received, sum(sent_bytes)::BIGINT AS sent
    FROM judged WHERE NOT is_kept GROUP BY ALL`;
  const [missing, more, rows] = await differing(
    counted,
    `SELECT ${columns}, minute, requests, received_bytes, sent_bytes FROM "failures".alb_count`,
  );
  assert.deepEqual([missing, more], [0, 0]);
  assert.ok(rows! > 100);
});

test('the ledger and the rejected lines are those of a full load', async () => {
  for (const table of ['log_object', 'rejected_line']) {
    const columns = table === 'log_object' ? '* EXCLUDE (loaded_at, keep)' : '*';
    const [missing, more] = await differing(
      `SELECT ${columns} FROM "all".${table}`,
      `SELECT ${columns} FROM "failures".${table}`,
    );
    assert.deepEqual([missing, more], [0, 0], table);
  }
});

test('with less disk objects are read twice, and the same rows are kept', async () => {
  // The first batches fit, the last ones do not.
  for (const spool of ['0', '2']) {
    const db = `spool-${spool}.duckdb`;
    expectStatus(await cli(['load', 'pods.csv', '--db', db], { cwd }), 0);
    const words = ['--keep', 'failures', '--batch', '0.1', '--spool', spool, '--no-judge'];
    expectStatus(await cli(['load', 'logs', '--db', db, ...words], { cwd }), 0);
    assert.ok((await assertSameDatabase(join(cwd, 'failures.duckdb'), join(cwd, db), NO_TIME)) > 0);
  }
});

test('from a bucket each object is fetched once', async () => {
  const server = new StandIn();
  const endpoint = await server.start();
  try {
    for (const name of readdirSync(join(cwd, 'logs'))) server.put('logs', name, readFileSync(join(cwd, 'logs', name)));
    const words = ['s3://logs/', '--endpoint-url', endpoint, '--db', 'bucket.duckdb', '--batch', '0.1'];
    expectStatus(await cli(['load', 'pods.csv', '--db', 'bucket.duckdb'], { cwd }), 0);
    expectStatus(await cli(['load', ...words, '--keep', 'failures', '--no-judge'], { cwd, env: server.env() }), 0);
    assert.ok((await assertSameDatabase(join(cwd, 'failures.duckdb'), join(cwd, 'bucket.duckdb'), NO_OBJECTS)) > 0);
    const fetched = server.arrived.filter(({ key }) => key !== '').map(({ key }) => key);
    assert.equal(new Set(fetched).size, 30);
    assert.equal(fetched.length, 30, 'an object was fetched again');
  } finally {
    await server.stop();
  }
});

test('a later full load of the same objects replaces it', async () => {
  expectStatus(await cli(['load', 'logs', '--db', 'failures.duckdb', '--no-judge'], { cwd }), 0);
  const [missing, more] = await differing(
    'SELECT * EXCLUDE (object_id) FROM "all".alb_log',
    'SELECT * EXCLUDE (object_id) FROM "failures".alb_log',
  );
  assert.deepEqual([missing, more], [0, 0]);
  assert.deepEqual(await differing('SELECT * FROM "failures".alb_count', 'SELECT * FROM "all".alb_count'), [0, 0, 0]);
});

test('an object that is gone at its second reading is not loaded, and what it replaces stays', async () => {
  const server = new StandIn();
  const endpoint = await server.start();
  try {
    for (const name of ['00', '10', '29'])
      server.put('logs', `${name}.log.gz`, readFileSync(join(cwd, 'logs', `${name}.log.gz`)));
    const words = ['load', 's3://logs/', '--endpoint-url', endpoint, '--db', 'twice.duckdb', '--no-judge'];
    const options = { cwd, env: server.env() };
    expectStatus(await cli([...words, '--keep', 'failures'], options), 0);
    const loaded = await rowsOf(join(cwd, 'twice.duckdb'), COUNTED);
    server.put('logs', '10.log.gz', gzipSync(logText({ rows: 10, seed: 99, start: START, failEvery: 5 })));
    server.put('logs', '20.log.gz', readFileSync(join(cwd, 'logs', '20.log.gz')));
    server.put('logs', '21.log.gz', readFileSync(join(cwd, 'logs', '21.log.gz')));
    server.arrived.length = 0;
    const done = cli([...words, '--keep', 'failures', '--spool', '0'], options);
    const objects = server.buckets.get('logs')!;
    const timer = setInterval(() => {
      if (!['10', '20', '21'].every((name) => server.arrived.some(({ key }) => key === `${name}.log.gz`))) return;
      for (const name of ['10', '21']) objects.delete(`${name}.log.gz`);
    }, 1);
    const result = await done;
    clearInterval(timer);
    expectStatus(result, 4);
    assert.match(result.stderr, /10\.log\.gz/);
    const after = await rowsOf(join(cwd, 'twice.duckdb'), COUNTED);
    assert.deepEqual(
      after.filter(({ uri }) => uri !== 's3://logs/20.log.gz'),
      loaded,
    );
    assert.equal(after.length, loaded.length + 1);
    const others = ['alb_log', 'alb_count', 'rejected_line'].map((table) => `SELECT object_id FROM ${table}`);
    const orphans = `SELECT * FROM (${others.join(' UNION ALL ')}) WHERE object_id NOT IN (SELECT object_id FROM log_object)`;
    assert.deepEqual(await rowsOf(join(cwd, 'twice.duckdb'), orphans), []);
    assert.ok(
      after.every((one) => one.rows === (one.kept as number) + (one.counted as number)),
      JSON.stringify(after),
    );
  } finally {
    await server.stop();
  }
});
