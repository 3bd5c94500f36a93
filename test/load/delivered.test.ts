/** A log that CloudWatch delivers (JSON, W3C, plain, Parquet; S3, Firehose, Logs Insights) gives the rows of the classic lines. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { CONNECTION_LOG } from '../../src/alb/connection-log.ts';
import { FIELDS } from '../../src/alb/field.ts';
import { HEALTH_CHECK_LOG } from '../../src/alb/health-check-log.ts';
import { newSpans, split } from '../../src/alb/split.ts';
import { unpackParquet } from '../../src/store/delivered-parquet.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 0, 31, 8);
const at = (second: number) => new Date(START + second * 1000).toISOString().replace('Z', '000Z');

/** A log in its classic lines, with the names that a delivery gives to its fields. */
interface Log {
  noun: string;
  table: string;
  names: string[];
  lines: string[];
}

const ACCESS: Log = {
  noun: 'ALB access log',
  table: 'alb_log',
  names: FIELDS.map(({ name }) => name.replace(':', '_')),
  lines: logText({ rows: 500, seed: 11, start: START, failEvery: 40 }).trimEnd().split('\n'),
};
const CONNECTIONS: Log = {
  noun: 'ALB connection log',
  table: 'connection_log',
  names: CONNECTION_LOG.fields.map(({ name }) => (name === 'timestamp' ? 'time' : name)),
  lines: Array.from({ length: 60 }, (_, i) =>
    i % 7 === 0
      ? `${at(i)} 2001:db8::${i} ${40_000 + i} 443 - - - - - - - TID_${String(i).padStart(32, '0')} - app/shop/50dc6c495c0c9188 10.0.0.5`
      : `${at(i)} 203.0.113.9 ${40_000 + i} 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.00${i % 9} "CN=a b,O=c" NotBefore=2026;NotAfter=2027 0${i} Success TID_${String(i).padStart(32, '0')} X25519 app/shop/50dc6c495c0c9188 10.0.0.5`,
  ),
};
const CHECKS: Log = {
  noun: 'ALB health check log',
  table: 'health_check',
  names: HEALTH_CHECK_LOG.fields.map(({ name }) => name),
  lines: Array.from(
    { length: 60 },
    (_, i) =>
      `http ${at(i)} ${i % 5 === 0 ? '5.000100' : '0.001122'} 10.0.9.${i}:8080 k8s-shop-web1 ${i % 5 === 0 ? 'FAIL - TimedOut' : 'PASS 200 -'} app/shop/50dc6c495c0c9188 10.0.0.5`,
  ),
};

/** Returns the values of a line by field, as logged. */
function valuesOf(line: string, { names }: Log): string[] {
  const bytes = new TextEncoder().encode(line);
  const spans = newSpans();
  assert.ok(split(bytes, new DataView(bytes.buffer), 0, bytes.length, names.length, spans));
  return names.map((_, i) => new TextDecoder().decode(bytes.subarray(spans.start[i]!, spans.end[i]!)));
}

const valuesOfAll = (log: Log): string[][] => log.lines.map((line) => valuesOf(line, log));
const recordsOf = (log: Log): Record<string, string>[] =>
  valuesOfAll(log).map((values) => Object.fromEntries(log.names.map((name, i) => [name, values[i]!])));
const jsonOf = (log: Log): string[] => recordsOf(log).map((record) => JSON.stringify(record));

/** Loads a file and returns the rows that its lines became, without the number of the object. */
async function load(
  { table }: Log,
  text: string | Buffer,
  { name = 'log.gz', options = [] as string[], code = 0 } = {},
): Promise<{ stderr: string; db: string; rows: unknown[] }> {
  const folder = freshFolder();
  writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  const run = expectStatus(await cli(['load', name, ...options], { cwd: folder }), code);
  const db = join(folder, 'draintrace.duckdb');
  return { stderr: run.stderr, db, rows: await rowsOf(db, `SELECT * FROM ${table} ORDER BY line`) };
}

/** Writes records as Parquet; `select` decides the types of columns. */
async function parquetOf(records: readonly object[], select = '*'): Promise<Buffer> {
  const folder = freshFolder();
  const [from, to] = [join(folder, 'r.jsonl'), join(folder, `${randomUUID()}.parquet`)];
  writeFileSync(from, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const names = Object.keys(records[0]!).map((name) => `'${name}': 'VARCHAR'`);
  const source = `read_json('${from}', format = 'newline_delimited', columns = {${names.join(', ')}})`;
  await connection.run(`COPY (SELECT ${select} FROM ${source}) TO '${to}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  connection.closeSync();
  instance.closeSync();
  return readFileSync(to);
}

for (const log of [ACCESS, CONNECTIONS, CHECKS]) {
  describe(log.noun, () => {
    const expected = load(log, `${log.lines.join('\n')}\n`).then(({ rows }) => {
      assert.equal(rows.length, log.lines.length);
      return rows;
    });

    test('as JSON lines, and as Firehose joins them, with nothing between two records', async () => {
      const records = jsonOf(log);
      assert.deepEqual((await load(log, `${records.join('\n')}\n`)).rows, await expected);
      assert.deepEqual((await load(log, records.join(''))).rows, await expected);
    });

    test('as W3C extended log and in plain text with tabs', async () => {
      const values = valuesOfAll(log).map((line) => line.join('\t'));
      const w3c = ['#Version: 1.0', `#Fields: ${log.names.join('\t')}`, ...values];
      assert.deepEqual((await load(log, `${w3c.join('\n')}\n`)).rows, await expected);
      assert.deepEqual((await load(log, `${values.join('\n')}\n`)).rows, await expected);
    });

    test('as Parquet of texts', async () => {
      assert.deepEqual((await load(log, await parquetOf(recordsOf(log)), { name: 'x.parquet' })).rows, await expected);
    });

    test('from a log group: filter-log-events, and Logs Insights by fields', async () => {
      const events = jsonOf(log).map((message, i) => ({ timestamp: START + i, message, eventId: String(i) }));
      assert.deepEqual((await load(log, JSON.stringify({ events }, null, 4))).rows, await expected);
      const results = recordsOf(log).map((record) => [
        ...Object.entries(record).map(([field, value]) => ({ field, value })),
        { field: '@ptr', value: 'CmEKJgo' },
      ]);
      const { rows } = await load(log, JSON.stringify({ results, status: 'Complete' }));
      const fields = (row: unknown) => ({ ...(row as object), extra: null, field_count: null, extra_fields: null });
      assert.deepEqual(rows.map(fields), (await expected).map(fields));
    });
  });
}

test('Parquet with times, numbers and few fields', async () => {
  const whole = (await load(ACCESS, `${ACCESS.lines.join('\n')}\n`)).rows as Record<string, unknown>[];
  const select = `CAST("time" AS TIMESTAMP) AS "time", elb, target_port, CAST(elb_status_code AS INTEGER) AS elb_status_code,
    CAST(NULLIF(target_processing_time, '-1') AS FLOAT) AS target_processing_time, type,
    CAST(request_creation_time AS TIMESTAMPTZ) AS request_creation_time, CAST(sent_bytes AS UBIGINT) AS sent_bytes`;
  const { stderr, rows } = await load(ACCESS, await parquetOf(recordsOf(ACCESS), select), { name: 'x.parquet' });
  assert.match(stderr, /1 object of ALB access log: 500 lines = 500 rows/);
  const told = (row: unknown) => {
    const {
      time,
      elb,
      target_ip,
      target_port,
      elb_status_code,
      target_processing_time,
      request_creation_time,
      sent_bytes,
    } = row as Record<string, unknown>;
    return [
      time,
      elb,
      target_ip,
      target_port,
      elb_status_code,
      target_processing_time,
      request_creation_time,
      sent_bytes,
    ];
  };
  assert.deepEqual(rows.map(told), whole.map(told));
  assert.deepEqual((rows[0] as Record<string, unknown>).client_ip, null);
});

test('failures alone, and a line that is no record, which is kept as it was', async () => {
  const records = jsonOf(ACCESS);
  const bad = records[1]!.replace('"time":"2026', '"time":"in 2026');
  const text = [records[0], bad, '{"cut":', ...records.slice(2), ''].join('\n');
  const { stderr, db, rows } = await load(ACCESS, text, { options: ['--keep', 'failures'] });
  assert.match(stderr, /1 object of ALB access log: 501 lines = 499 rows \+ 2 rejected/);
  assert.deepEqual(await rowsOf(db, 'SELECT line, reason, decode(raw) AS raw FROM rejected_line ORDER BY line'), [
    { line: 2, reason: 'bad_time', raw: bad },
    { line: 3, reason: 'bad_json', raw: '{"cut":' },
  ]);
  assert.equal(rows.length, 12);
  assert.deepEqual(await rowsOf(db, 'SELECT sum(requests)::INT AS n FROM alb_count'), [{ n: 487 }]);
  const parquet = await load(ACCESS, await parquetOf(recordsOf(ACCESS)), {
    name: 'x.parquet',
    options: ['--keep', 'failures'],
  });
  assert.equal(parquet.rows.length, 13);
});

test('a record of a health check that is none is rejected as it was', async () => {
  const bad = jsonOf(CHECKS)[0]!.replace('"status":"FAIL"', '"status":"PERHAPS"');
  const { stderr, db } = await load(CHECKS, `${bad}\n${jsonOf(CHECKS)[1]}\n`);
  assert.match(stderr, /1 object of ALB health check log: 2 lines = 1 row \+ 1 rejected/);
  assert.deepEqual(await rowsOf(db, 'SELECT reason, decode(raw) AS raw FROM rejected_line'), [
    { reason: 'bad_status', raw: bad },
  ]);
});

test('other Parquet is named with its columns; damaged Parquet is damage', async () => {
  const other = await load(ACCESS, await parquetOf([{ day: 'a', n: '1' }]), { name: 'x.parquet', code: 3 });
  assert.match(other.stderr, /Parquet with other columns \(day, n\)/);
  const path = join(freshFolder(), 'cut.parquet');
  writeFileSync(path, await parquetOf(recordsOf(ACCESS)));
  truncateSync(path, Math.floor(statSync(path).size / 2));
  const cut = await load(ACCESS, readFileSync(path), { name: 'x.parquet', code: 3 });
  assert.match(cut.stderr, /cannot be read as Parquet/);
});

test('the text of a Parquet file is bounded', async () => {
  const folder = freshFolder();
  const path = join(folder, 'x.parquet');
  writeFileSync(path, await parquetOf(recordsOf(ACCESS)));
  const told = await unpackParquet(path, join(folder, 'out'), 1000);
  assert.deepEqual(
    [told.log, told.damage],
    ['alb_access_log', 'holds more than 1000 bytes of text: the rest was not read'],
  );
  assert.ok(statSync(join(folder, 'out')).size <= 1000);
});

test('what cannot be read is named, with what to have delivered instead', async () => {
  const [line] = valuesOfAll(ACCESS);
  const record = recordsOf(ACCESS)[0]!;
  const { time: _, ...timeless } = record;
  for (const [text, said] of [
    [
      line!.join('|'),
      /ALB access log in plain text with "\|" between its fields: have it delivered with a blank or a tab/,
    ],
    [JSON.stringify(timeless), /ALB access log in JSON without its field time: add time to the record fields/],
    [`${record.elb} ${record.elb_status_code} ${record.time}`, /lacks fields of the classic line: have all fields/],
  ] as const) {
    assert.match((await load(ACCESS, `${text}\n`, { code: 3 })).stderr, said);
  }
});
