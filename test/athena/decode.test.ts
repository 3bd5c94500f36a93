/** Tests cells, cost and estimate: arithmetic and texts, without a server. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesText, costOf, dollars } from '../../src/athena/cost.ts';
import { decodeCell, decodedColumn } from '../../src/athena/decode.ts';
import { type Estimate, estimateLake, estimateLogs, readsOf, selectionOf } from '../../src/athena/estimate.ts';
import { daysOf, placedName, readLake, readLocation } from '../../src/athena/location.ts';
import { composeFor } from '../../src/athena/relation.ts';
import { answerWay } from '../../src/athena/way.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import type { Listed, Source } from '../../src/source/source.ts';
import { openDatabase } from '../../src/store/database.ts';
import { select } from '../../src/store/select.ts';
import { freshFolder } from '../cli.ts';

test('a cell of Athena becomes what the database gives for the same value', async () => {
  // Left: text and type from Athena; right: the same value in DuckDB.
  const pairs: [string | undefined, string, string][] = [
    ['17', 'integer', '17::integer'],
    ['-3', 'smallint', '(-3)::smallint'],
    ['9007199254740993', 'bigint', '9007199254740993::bigint'],
    ['12345678901', 'bigint', '12345678901::bigint'],
    ['0.316', 'double', '0.316::double'],
    ['1.0E-7', 'double', '1e-7::double'],
    ['NaN', 'double', "'nan'::double"],
    ['Infinity', 'double', "'inf'::double"],
    ['1.50', 'decimal(4,2)', '1.5::decimal(4,2)'],
    ['true', 'boolean', 'true'],
    ['2026-03-10 14:00:15.123456', 'timestamp', "timestamp '2026-03-10 14:00:15.123456'"],
    ['2026-03-10 14:00:15.120', 'timestamp(3)', "timestamp '2026-03-10 14:00:15.12'"],
    ['2026-03-10 14:00:15', 'timestamp', "timestamp '2026-03-10 14:00:15'"],
    ['2026-03-10 14:00:15.123 UTC', 'timestamp with time zone', "timestamptz '2026-03-10 14:00:15.123+00'"],
    ['2026-03-10', 'date', "date '2026-03-10'"],
    ['61 5c ff 20', 'varbinary', "'\\x61\\x5C\\xFF\\x20'::blob"],
    ['', 'varchar', "''"],
    ['O\u2019Neill \\x22', 'varchar', "'O\u2019Neill \\x22'"],
    [undefined, 'varchar', 'null::varchar'],
    [undefined, 'timestamp', 'null::timestamp'],
  ];
  const database = await openDatabase(join(freshFolder(), 'x.duckdb'), { readOnly: false });
  try {
    const sql = `select ${pairs.map(([, , expression], i) => `${expression} as c${i}`).join(', ')}`;
    const { columns, chunks } = await select(database.connection, sql);
    for await (const [row] of chunks) {
      assert.deepEqual(
        pairs.map(([text, type]) => decodeCell(text, type)),
        row,
      );
    }
    // Output formats separate numbers from text by the type's name.
    const families = (types: string[]) => types.map((type) => type.replace(/\(.*\)/, ''));
    assert.deepEqual(
      families(pairs.map(([, type]) => decodedColumn('x', type).type)),
      families(columns.map(({ type }) => type)),
    );
  } finally {
    database.close();
  }
});

test('what is billed: whole megabytes, ten at least, at the price given', () => {
  assert.equal(costOf(1e12), 5);
  assert.equal(costOf(0), 0.00005);
  assert.equal(costOf(9_999_999), 0.00005);
  assert.equal(costOf(10_000_001), (11e6 / 1e12) * 5);
  assert.equal(costOf(2e12, 6.5), 13);
  assert.deepEqual([costOf(0), 0.0123, 0.1, 3.456, 0].map(dollars), ['$0.00005', '$0.012', '$0.10', '$3.46', '$0']);
  assert.deepEqual([0, 999, 1000, 999_499, 1.5e6, 12.34e9, 999.9e9, 3e12].map(bytesText), [
    '0 B',
    '999 B',
    '1.00 kB',
    '999 kB',
    '1.50 MB',
    '12.3 GB',
    '1.00 TB',
    '3.00 TB',
  ]);
});

const at = (text: string): number => Date.parse(text) * 1000;
const sourceOf = (keys: Record<string, number>): Source => ({
  async *list(): AsyncGenerator<Listed> {
    for (const [uri, size] of Object.entries(keys)) {
      yield { object: { uri, etag: '', size, modified: null, name: uri } };
    }
    yield { skipped: { uri: 's3://b/x', reason: 'NLB log' } };
  },
  fetch: () => Promise.reject(new Error('nothing is read for an estimate')),
});

test('the estimate of logs is what lies in the day folders, and the folder of the day after', async () => {
  const location = readLocation({
    bucket: 'b-1',
    prefix: '/prod/',
    accounts: ['111122223333'],
    regions: ['eu-central-1'],
  });
  const window = { from: at('2026-03-10T13:00:00Z'), to: at('2026-03-10T14:00:00Z') };
  const days = daysOf(window);
  const folder = 's3://b-1/prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/03';
  const source = sourceOf({
    [`${folder}/09/a`]: 1,
    [`${folder}/10/a`]: 10,
    [`${folder}/10/conn_log_b`]: 100,
    [`${folder}/11/a`]: 1000,
    [`${folder}/12/a`]: 10_000,
  });
  const found = await estimateLogs(source, location, days, new AbortController().signal);
  assert.deepEqual(found, { objects: 3, bytes: 1110, days: 2 } satisfies Estimate);
  assert.deepEqual(selectionOf(location, days).window, {
    from: at('2026-03-09T00:00:00Z'),
    to: at('2026-03-12T00:00:00Z'),
  });
});

test('the estimate of a lake is the files of the days of the window', async () => {
  const source = sourceOf({
    's3://b/lake/alb_log/day=2026-03-09/lb=x/data.parquet': 1,
    's3://b/lake/alb_log/day=2026-03-10/lb=x/data.parquet': 10,
    's3://b/lake/alb_log/day=2026-03-11/lb=x/data.parquet': 100,
    's3://b/lake/alb_log/day=unknown/lb=x/data.parquet': 1000,
  });
  const window = { from: at('2026-03-10T00:00:00Z'), to: at('2026-03-11T00:00:00Z') };
  assert.deepEqual(await estimateLake(source, window, new AbortController().signal), {
    objects: 1,
    bytes: 10,
    days: 1,
  });
});

test('a table is counted as often as clauses that read it are named', () => {
  const sql = `with a as (select * from t), -- from t
    b as (select a.t, 't from t' from a join a a2 on a.t = a2.t)
    select t, (select count(*) from b) from b join t on true where exists (select 1 from t)`;
  assert.equal(readsOf(sql, 't'), 2 + 2 + 1 + 1);
  // Also a clause inside a clause.
  const nested = 'with a as (with c as (select * from t) select * from c join c d on true) select * from a, c';
  assert.equal(readsOf(nested, 't'), 2);
  assert.equal(readsOf('select 1 from u', 't'), 0);
  assert.equal(readsOf('select * from t', 't'), 1);
});

test('no question that is sent whole reads the log more than three times', async () => {
  const location = readLocation({ bucket: 'b-1', prefix: '', accounts: ['111122223333'], regions: ['eu-central-1'] });
  const places = { location, lake: readLake('s3://b-1/lake', 'parquet') };
  const reads: Record<string, number> = {};
  for (const question of readCatalogue().filter((one) => answerWay(one) === 'whole')) {
    const statement = await composeFor(question, { from: 0, to: 1e15 }, places, defaultValues(question.parameters));
    reads[question.name] = readsOf(statement, placedName('raw_alb_log', places));
  }
  // Requests with their pods, whose hours are found first, and shapes of traffic, whose failures are.
  const three = Object.keys(reads).filter((name) => reads[name]! > 2);
  assert.deepEqual(three.sort(), ['evidence-coverage', 'slow-requests', 'traffic-shapes']);
  for (const name of three) assert.equal(reads[name], 3, name);
});

test('what would end up in a statement as text is checked', () => {
  const good = { bucket: 'my-logs', prefix: '', accounts: ['111122223333'], regions: ['us-gov-west-1'] };
  assert.deepEqual(readLocation(good), { ...good, isShared: false });
  const bad: [Partial<typeof good>, RegExp][] = [
    [{ bucket: "x'y" }, /--bucket x'y is not a bucket name/],
    [{ bucket: 's3://logs' }, /without s3:\/\//],
    [{ prefix: "a' tblproperties" }, /--prefix/],
    [{ prefix: 'a$' + '{day}' }, /--prefix/],
    [{ prefix: 'a\\b' }, /--prefix/],
    [{ prefix: 'prod/AWSLogs/1' }, /is too long; give only the part/],
    [{ accounts: ['111122223333', '12'] }, /--account 12 .*12 digits/],
    [{ regions: ['moon'] }, /--region moon is no AWS region/],
  ];
  for (const [change, says] of bad) assert.throws(() => readLocation({ ...good, ...change }), says);
  assert.equal(readLake('s3://b-1/a/b//', 'parquet').folder, 's3://b-1/a/b');
  for (const url of ["s3://b-1/a'b", 'lake', 's3://b', 's3://b-1/a`b', 'https://b-1/a'])
    assert.throws(() => readLake(url, 'parquet'), /--lake/);
});
