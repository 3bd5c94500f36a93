/** A log that CloudWatch delivers (JSON, W3C, plain, Parquet; S3, Firehose, Logs Insights) gives the rows of the classic lines. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
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

/** Loads files in one run and returns, by name, the rows that the lines of each became. */
async function load(
  { table }: Log,
  files: Readonly<Record<string, string | Buffer>>,
  { options = [] as string[], code = 0 } = {},
): Promise<{ stderr: string; db: string; rows: Record<string, Record<string, unknown>[]> }> {
  const folder = freshFolder();
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  const run = expectStatus(await cli(['load', ...Object.keys(files), ...options], { cwd: folder }), code);
  const db = join(folder, 'draintrace.duckdb');
  const all = await rowsOf(
    db,
    `SELECT parse_filename(o.uri) AS file, t.* EXCLUDE (object_id) FROM ${table} t JOIN log_object o USING (object_id) ORDER BY t.line`,
  );
  const rows: Record<string, Record<string, unknown>[]> = Object.fromEntries(
    Object.keys(files).map((name) => [name, []]),
  );
  for (const { file, ...row } of all) rows[String(file)]!.push(row);
  return { stderr: run.stderr, db, rows };
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
    test('JSON, W3C, plain and Parquet, from S3, Firehose and log groups: the same rows', async () => {
      const [records, values] = [jsonOf(log), valuesOfAll(log).map((line) => line.join('\t'))];
      const messages = records.map((message, i) => ({ timestamp: START + i, message, eventId: String(i) }));
      const { rows } = await load(log, {
        'classic.log.gz': `${log.lines.join('\n')}\n`,
        'lines.json.gz': `${records.join('\n')}\n`,
        // Firehose puts nothing between two records.
        'firehose.json': records.join(''),
        'log.w3c': ['#Version: 1.0', `#Fields: ${log.names.join('\t')}`, ...values, ''].join('\n'),
        'plain.log': `${values.join('\n')}\n`,
        'log.parquet': await parquetOf(recordsOf(log)),
        'filter-log-events.json': JSON.stringify({ events: messages }, null, 4),
      });
      const { 'classic.log.gz': expected, ...others } = rows;
      assert.equal(expected!.length, log.lines.length);
      for (const [name, own] of Object.entries(others)) assert.deepEqual(own, expected, name);
    });

    test('chosen fields in Logs Insights: a row each, with what was chosen', async () => {
      const results = recordsOf(log).map((record) => [
        ...Object.entries(record).map(([field, value]) => ({ field, value })),
        { field: '@ptr', value: 'CmEKJgo' },
      ]);
      const { rows } = await load(log, {
        'classic.log': `${log.lines.join('\n')}\n`,
        'insights.json': JSON.stringify({ results, status: 'Complete' }),
      });
      const known = (row: object) => ({ ...row, extra: null, field_count: null });
      assert.deepEqual(rows['insights.json']!.map(known), rows['classic.log']!.map(known));
    });
  });
}

test('Parquet with times, numbers and few fields', async () => {
  const select = `CAST("time" AS TIMESTAMP) AS "time", elb, target_port, CAST(elb_status_code AS INTEGER) AS elb_status_code,
    CAST(NULLIF(target_processing_time, '-1') AS FLOAT) AS target_processing_time, type,
    CAST(request_creation_time AS TIMESTAMPTZ) AS request_creation_time, CAST(sent_bytes AS UBIGINT) AS sent_bytes`;
  const { rows } = await load(ACCESS, {
    'classic.log': `${ACCESS.lines.join('\n')}\n`,
    'x.parquet': await parquetOf(recordsOf(ACCESS), select),
  });
  const KEPT = ['time', 'elb', 'target_ip', 'target_port', 'elb_status_code', 'target_processing_time', 'sent_bytes'];
  const kept = (row: Record<string, unknown>) => [...KEPT, 'request_creation_time'].map((name) => row[name]);
  assert.deepEqual(rows['x.parquet']!.map(kept), rows['classic.log']!.map(kept));
  assert.equal(rows['x.parquet']![0]!.client_ip, null);
});

test('failures alone, and a line that is no record, which is kept as it was', async () => {
  const records = jsonOf(ACCESS);
  const bad = records[1]!.replace('"time":"2026', '"time":"in 2026');
  const { stderr, db, rows } = await load(
    ACCESS,
    {
      'x.json': [records[0], bad, '{"cut":', ...records.slice(2), ''].join('\n'),
      'x.parquet': await parquetOf(recordsOf(ACCESS)),
    },
    { options: ['--keep', 'failures'] },
  );
  assert.match(stderr, /2 objects of ALB access log: 1,001 lines = 999 rows \+ 2 rejected/);
  assert.deepEqual(await rowsOf(db, 'SELECT line, reason, decode(raw) AS raw FROM rejected_line ORDER BY line'), [
    { line: 2, reason: 'bad_time', raw: bad },
    { line: 3, reason: 'bad_json', raw: '{"cut":' },
  ]);
  assert.deepEqual([rows['x.json']!.length, rows['x.parquet']!.length], [12, 12]);
  assert.deepEqual(await rowsOf(db, 'SELECT sum(requests)::INT AS n FROM alb_count'), [{ n: 487 + 488 }]);
});

test('a record of a health check that is none is rejected as it was', async () => {
  const bad = jsonOf(CHECKS)[0]!.replace('"status":"FAIL"', '"status":"PERHAPS"');
  const { stderr, db } = await load(CHECKS, { 'x.json': `${bad}\n${jsonOf(CHECKS)[1]}\n` });
  assert.match(stderr, /1 object of ALB health check log: 2 lines = 1 row \+ 1 rejected/);
  assert.deepEqual(await rowsOf(db, 'SELECT reason, decode(raw) AS raw FROM rejected_line'), [
    { reason: 'bad_status', raw: bad },
  ]);
});

test('what cannot be read is named, with what to have delivered instead', async () => {
  const [line] = valuesOfAll(ACCESS);
  const record = recordsOf(ACCESS)[0]!;
  const { time: _, ...timeless } = record;
  const whole = await parquetOf(recordsOf(ACCESS));
  const { stderr } = await load(
    ACCESS,
    {
      'bars.log': `${line!.join('|')}\n`,
      'timeless.json': `${JSON.stringify(timeless)}\n`,
      'chosen.log': `${record.elb} ${record.elb_status_code} ${record.time}\n`,
      'other.parquet': await parquetOf([{ day: 'a', n: '1' }]),
      'cut.parquet': whole.subarray(0, whole.length / 2),
    },
    { code: 3 },
  );
  for (const said of [
    /bars\.log: .*ALB access log in plain text with "\|" between its fields: have it delivered with a blank or a tab/,
    /timeless\.json: .*ALB access log in JSON without its field time: add time to the record fields/,
    /chosen\.log: .*lacks fields of the classic line: have all fields/,
    /other\.parquet: .*Parquet with other columns \(day, n\)/,
    /1 damaged object.*\n.*cut\.parquet: cannot be read as Parquet/,
  ]) {
    assert.match(stderr, said);
  }
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
