/** With `--lb`, beginnings of names are listed instead of all names: the same objects are found, with few requests. */
import assert from 'node:assert/strict';
import test, { afterEach, before, beforeEach } from 'node:test';
import fc from 'fast-check';
import { type Selection, skipReason } from '../../src/source/key.ts';
import { planSteps } from '../../src/source/plan.ts';
import { ask, EVERYTHING, listAll, logKey, micros } from '../s3/ask.ts';
import { crowdedKeys, idOf } from '../s3/crowd.ts';
import { StandIn } from '../s3/stand-in.ts';
import { meets } from './reach.ts';

let server: StandIn;
let at: { endpoint: string; env: Record<string, string> };

beforeEach(async () => {
  server = new StandIn();
  at = { endpoint: await server.start(), env: server.env() };
});
afterEach(() => server.stop());
before(() => {
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
});

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Returns the uris that a listing of all keys, filtered by name, would give. */
function wanted(keys: Iterable<string>, prefix: string, selection: Selection): string[] {
  const steps = planSteps(prefix, selection);
  return [...keys]
    .filter((key) => meets(steps, key, selection) && skipReason(key, selection) === null)
    .sort(byBytes)
    .map((key) => `s3://logs/${key}`);
}

function fill(kinds: readonly string[]): string[] {
  const keys = crowdedKeys(kinds);
  for (const key of keys) server.put('logs', key, '');
  return keys;
}

test('an hour of one of 50 load balancers in three years takes at most 12 requests', { timeout: 120_000 }, async () => {
  const window = { from: micros('2026-11-22T10:00:00Z'), to: micros('2026-11-22T11:00:00Z') };
  for (const kinds of [
    ['', '', ''],
    ['', 'conn_log_', 'health_check_log_'],
  ]) {
    server.buckets.clear();
    const keys = fill(kinds);
    for (const [url, loadBalancers, more] of [
      ['s3://logs/', ['lb-7'], {}],
      ['s3://logs/', ['*b-7'], {}],
      ['s3://logs/prod/', ['lb-7'], { logs: ['access'] }],
      ['s3://logs/prod/AWSLogs/', [`app/lb-7/${idOf(7)}`], { accounts: ['111122223333'], regions: ['eu-west-1'] }],
    ] as const) {
      const selection: Selection = {
        ...EVERYTHING,
        window,
        lookBackDays: 2,
        loadBalancers: [...loadBalancers],
        ...(more as Partial<Selection>),
      };
      server.arrived.length = 0;
      const { objects, skipped, failed } = await listAll(ask(url, at, selection));
      const expected = wanted(keys, url.slice('s3://logs/'.length), selection);
      assert.deepEqual([objects.map(({ uri }) => uri), failed], [expected, []]);
      // Fourteen times of end, and all three nodes or kinds.
      assert.equal(expected.length, 14 * ('logs' in more && kinds[1] !== '' ? 1 : 3));
      assert.ok(skipped['group of names']! >= 49, JSON.stringify(skipped));
      const { length } = server.arrived;
      assert.ok(length <= 12, `${length} requests for ${url}: ${server.arrived.map(({ query }) => query).join('\n')}`);
    }
  }
});

test('one load balancer of all days is found day by day', { timeout: 120_000 }, async () => {
  const keys = fill(['']);
  const selection = { ...EVERYTHING, loadBalancers: ['lb-7'] };
  const { objects } = await listAll(ask('s3://logs/', at, selection));
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    wanted(keys, '', selection),
  );
  assert.equal(objects.length, 4 * 288 + 2);
  assert.ok(server.arrived.length <= 30, `${server.arrived.length} requests for 57,600 keys`);
});

test('a window up to the last second of the year 9999 has no end', async () => {
  server.pageLimit = 5;
  const keys = ['app.api.0a', 'app.shop.0b', 'app.web.0c'].flatMap((lb) =>
    [0, 1, 2, 3].map((hour) => logKey('', `2026-11-22T0${hour}:05`, { lb })),
  );
  for (const key of keys) server.put('logs', key, '');
  const window = { from: micros('2026-11-22T01:30:00Z'), to: micros('9999-12-31T23:59:59Z') };
  const { objects, skipped } = await listAll(ask('s3://logs/', at, { loadBalancers: ['web'], window }));
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    keys.slice(-2).map((key) => `s3://logs/${key}`),
  );
  assert.ok(skipped['group of names']! > 0);
});

const ACCOUNTS = ['111122223333', '201122223333'];
const REGIONS = ['eu-west-1', 'eu-west-1-wl1', 'us-east-1'];
const BALANCERS = [
  'app.web.0a',
  'app.web.ff',
  'app.web-2.0b',
  'app.we.0c',
  'app.api.0d',
  'net.web.0e',
  'web',
  'app.web.x',
];
const mostly = (all: readonly string[]) => fc.constantFrom(all[0]!, all[0]!, all[0]!, ...all);
const time = fc.integer({ min: 0, max: 2 * 288 }).map((n) => new Date(Date.UTC(2026, 10, 22) + n * 300_000));
const folder = (root: string, [account, region, day]: readonly string[]) =>
  `${root}AWSLogs/${account}/elasticloadbalancing/${region}/${day!.replaceAll('-', '/')}/`;

/** A key of any layout that people have. */
const someKey = fc
  .record({
    root: mostly(['', 'prod/', 'copy/2026/']),
    account: mostly(ACCOUNTS),
    region: mostly(REGIONS),
    lb: fc.constantFrom(...BALANCERS),
    kind: fc.constantFrom('', '', '', 'conn_log_', 'health_check_log_'),
    end: time,
    late: fc.constantFrom(0, 0, 0, 0, 1, 2),
    node: fc.nat(9),
    form: fc.nat(39),
  })
  .map(({ root, account, region, lb, kind, end, late, node, form }) => {
    const iso = end.toISOString();
    const delivered = new Date(end.getTime() + late * 86_400_000).toISOString();
    const key = logKey(root, iso, { account, region, lb, kind, ip: `10.0.0.${node}`, delivered });
    const day = folder(root, [account, region, delivered.slice(0, 10)]);
    const name = key.slice(key.lastIndexOf('/') + 1);
    const others = [
      `${day}a1b2c3d${node}.log.gz`,
      `${day}zz/${name}`,
      `${day}${name}.json.gz`,
      `${day}${name}/part-${node}.parquet`,
      `${day}${name.replace('log.gz', 'parquet')}`,
      `${day}${name.replace(/Z_.*/, 'Zü漢\u{1F600}.json')}`,
      `${day}${name.replace(/T\d{4}Z/, 'T2960Z')}`,
      `${day}${name.replace(/_\d{8}T/, '_20261399T')}`,
      `${day}${name.replace(/^(\D*)\d{12}/, '$1999999999999')}`,
      `${day}copy of ${name}`,
      `${day}${account}_${node}.json`,
      `${root}AWSLogs/${account}/elasticloadbalancing/${region}/${name}`,
      `${root}AWSLogs/${account}/elasticloadbalancing/${region}/2026/${node}.log.gz`,
      `${root}AWSLogs/${account}/elasticloadbalancing/${name}`,
      `${root}AWSLogs/${account}/ELBAccessLogTestFile`,
      `${root}AWSLogs/aws-account-id=${account}/elasticloadbalancing/region=${region}/year=2026/month=11/day=23/${node}.log.gz`,
      `${root}AWSLogs/${account}/CloudTrail/${region}/2026/11/23/${account}_CloudTrail_${region}_20261123T1005Z_a${node}.json.gz`,
      `${root}${name}`,
      `${root}evidence/pods-${node}.json`,
      `${root}zz/MyAWSLogs/${name}`,
    ];
    return others[form] ?? key;
  });

const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0a';
const someSelection = fc
  .record({
    loadBalancers: fc.subarray(['web', 'api', 'app/web/ff', ARN, '0d', 'we*', '*-2', 'absent'], {
      minLength: 1,
      maxLength: 3,
    }),
    accounts: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray(ACCOUNTS)),
    regions: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray(REGIONS)),
    logs: fc.subarray(['access', 'connection', 'health'] as const),
    lookBackDays: fc.nat(2),
    from: time.map((date) => date.getTime() * 1000 + 1_234_567),
    length: fc.constantFrom(60e6, 3600e6, 86_400e6, 3 * 86_400e6, 100 * 86_400e6),
    open: fc.constantFrom('both', 'both', 'both', 'from', 'to', 'none'),
  })
  .map(({ from, length, open, ...rest }): Selection => {
    const to = from + length;
    const window = { both: { from, to }, from: { from, to: null }, to: { from: null, to }, none: null }[open]!;
    return { ...rest, window };
  });

test('a narrowed listing has the objects of the full one, in its order, over many layouts and servers', {
  timeout: 300_000,
}, async () => {
  let grouped = 0;
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(someKey, { minLength: 1, maxLength: 200, size: 'max' }),
      someSelection,
      fc.constantFrom('', '', 'prod/', 'AWSLogs/', 'prod/AWSLogs/111122223333/'),
      fc.constantFrom(2, 5, 5, 10, 20, 1000),
      fc.constantFrom('all', 'all', 'all', 'all', 'refused', 'ignored', 'repeats'),
      async (keys, selection, prefix, pageLimit, delimiters) => {
        server.buckets.clear();
        for (const key of keys) server.put('logs', key, '');
        Object.assign(server, { pageLimit, delimiters });
        const expected = wanted(keys, prefix, selection);
        const { objects, failed, skipped } = await listAll(ask(`s3://logs/${prefix}`, at, selection)).catch((error) => {
          // A place with nothing that matches is refused, as without narrowing.
          assert.match(error.message, /holds no objects|is outside the range|has no load balancer logs/);
          return { objects: [], failed: [], skipped: {} as Record<string, number> };
        });
        grouped += skipped['group of names'] ?? 0;
        found += objects.length;
        assert.deepEqual([objects.map(({ uri }) => uri), failed], [expected, []]);
      },
    ),
    { numRuns: 100, endOnFailure: true, includeErrorInReport: true },
  );
  assert.ok(grouped > 100, `${grouped} groups were passed over`);
  assert.ok(found > 100, `${found} objects were found`);
});
