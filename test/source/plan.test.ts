import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Selection, skipReason } from '../../src/source/key.ts';
import { parseS3Url, planSteps, treeOf } from '../../src/source/plan.ts';
import { EVERYTHING, logKey, micros } from '../s3/ask.ts';
import { meets } from './reach.ts';

const REGION = 'logs/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/';
const WINDOW = { from: micros('2026-11-23T22:00:00Z'), to: micros('2026-11-24T00:00:00Z') };
const list = (prefix: string, after: string | null = null, until: string | null = null) => ({
  kind: 'list',
  prefix,
  after,
  until,
});

test('s3 urls', () => {
  assert.deepEqual(parseS3Url('s3://bucket'), { bucket: 'bucket', prefix: '' });
  assert.deepEqual(parseS3Url('s3://bucket/'), { bucket: 'bucket', prefix: '' });
  assert.deepEqual(parseS3Url('s3://my.bucket-1/a b/ü%20'), { bucket: 'my.bucket-1', prefix: 'a b/ü%20' });
  for (const url of ['s3://', 's3:///x', 'https://bucket/x', 's3:/bucket', 's3://-x/', 's3://bu cket/'])
    assert.equal(parseS3Url(url), null, url);
});

test('each depth of the tree is discovered, or taken from what is asked for', () => {
  const plan = (prefix: string, selection: Partial<Selection> = {}) =>
    planSteps(prefix, { ...EVERYTHING, ...selection });
  assert.deepEqual(plan(''), [{ kind: 'search', prefix: '' }]);
  assert.deepEqual(plan('logs/'), [{ kind: 'search', prefix: 'logs/' }]);
  assert.deepEqual(plan('logs/AWSLogs/'), [{ kind: 'discover', prefix: 'logs/AWSLogs/' }]);
  const regions = { kind: 'discover', prefix: 'logs/AWSLogs/111122223333/elasticloadbalancing/' };
  assert.deepEqual(plan('logs/AWSLogs/111122223333/'), [regions]);
  assert.deepEqual(plan('logs/AWSLogs/', { accounts: ['111122223333'] }), [regions]);
  const trails = 'logs/AWSLogs/111122223333/CloudTrail/';
  assert.deepEqual(plan(trails), [{ kind: 'discover', prefix: trails }]);
  assert.deepEqual(plan(trails, { regions: ['eu-west-1'], window: WINDOW }), [
    list(`${trails}eu-west-1/2026/11/23/`),
    list(`${trails}eu-west-1/2026/11/24/`),
  ]);
  assert.deepEqual(plan('logs/AWSLogs/111122223333/CloudTrail-Digest/'), []);
  const hive = 'logs/AWSLogs/aws-account-id=111122223333/elasticloadbalancing/';
  assert.deepEqual(plan(hive), [list(hive)]);
  assert.deepEqual(plan(hive, { accounts: ['999999999999'] }), []);
  assert.deepEqual(plan('logs/AWSLogs/111122223333/', { accounts: ['999999999999'] }), []);
  assert.deepEqual(plan(REGION, { regions: ['us-east-1'] }), []);
  assert.deepEqual(plan(REGION), [list(REGION)]);
  assert.deepEqual(plan('logs/AWSLogs/111122223333/', { regions: ['eu-west-1', 'eu-west-1'] }), [list(REGION)]);
});

test('only the days of the window and the one after are listed, and more days when asked', () => {
  const plan = (prefix: string, lookBackDays = 0) => planSteps(prefix, { ...EVERYTHING, window: WINDOW, lookBackDays });
  assert.deepEqual(plan(REGION), [list(`${REGION}2026/11/23/`), list(`${REGION}2026/11/24/`)]);
  assert.deepEqual(plan(REGION, 2).length, 4);
  assert.deepEqual(plan(`${REGION}2026/`).length, 2);
  assert.deepEqual(plan(`${REGION}2025/`), []);
  assert.deepEqual(plan(`${REGION}2026/11/24/`), [list(`${REGION}2026/11/24/`)]);
  assert.deepEqual(plan(`${REGION}2026/11/24/deeper/`), [list(`${REGION}2026/11/24/deeper/`)]);
  assert.deepEqual(plan(`${REGION}2026/11/25/`), []);
});

test('an open or a very long window is one listing with bounds', () => {
  const plan = (prefix: string, window: Selection['window']) => planSteps(prefix, { ...EVERYTHING, window });
  const { from, to } = WINDOW;
  assert.deepEqual(plan(REGION, { from, to: null }), [list(REGION, `${REGION}2026/11/23/`)]);
  assert.deepEqual(plan(REGION, { from: null, to }), [list(REGION, null, `${REGION}2026/11/24/~`)]);
  assert.deepEqual(plan(`${REGION}2025/`, { from, to: null }), []);
  assert.deepEqual(plan(`${REGION}2027/`, { from: null, to }), []);
  assert.deepEqual(plan(`${REGION}2026/11/23/`, { from, to: null }), [list(`${REGION}2026/11/23/`)]);
  const year = plan(REGION, { from: micros('2025-11-23T00:00:00Z'), to });
  assert.deepEqual(year, [list(REGION, `${REGION}2025/11/23/`, `${REGION}2026/11/24/~`)]);
});

test('a folder named AWSLogs is found at any depth, and only as a whole name', () => {
  assert.equal(treeOf('AWSLogs/1/x'), 'AWSLogs/');
  assert.equal(treeOf('a/b/AWSLogs/1/AWSLogs/x'), 'a/b/AWSLogs/');
  for (const key of ['MyAWSLogs/x', 'AWSLogs', 'a/AWSLogsOld/x', '']) assert.equal(treeOf(key), null, key);
});

const hours = (from: string, count: number) =>
  fc.integer({ min: 0, max: count * 3600 }).map((second) => micros(from) + second * 1_000_000);
const someFrom = hours('2026-10-20T00:00:00Z', 24 * 60);

test('every object that holds a row of the window is under the plan, whatever is asked and wherever the url points', () => {
  const selections = fc.record({
    accounts: fc.subarray(['111122223333', '444455556666']),
    regions: fc.subarray(['eu-west-1', 'eu-west-1-wl1', 'us-east-1']),
  });
  const root = fc.constantFrom('', 'prod/', 'a/b/');
  const span = fc.integer({ min: 1, max: 100 * 86_400 }).map((second) => second * 1_000_000);
  fc.assert(
    fc.property(
      selections,
      root,
      someFrom,
      span,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 23 * 60 }),
      fc.constantFrom('both', 'from', 'to', 'none'),
      fc.nat(10),
      ({ accounts, regions }, root, from, length, where, lateMinutes, open, depth) => {
        const row = Math.min(from + length - 1, from + Math.floor(where * length));
        const to = from + length;
        const window = { both: { from, to }, from: { from, to: null }, to: { from: null, to }, none: null }[open];
        const selection: Selection = { ...EVERYTHING, accounts, regions, window };
        const five = 300_000_000;
        const end = (Math.floor(row / five) + 1) * five;
        const delivered = end + lateMinutes * 60_000_000;
        const account = accounts[0] ?? '444455556666';
        const region = regions[0] ?? 'us-east-1';
        const iso = (time: number) => new Date(time / 1000).toISOString();
        const key = logKey(root, iso(end), { account, region, delivered: iso(delivered) });
        const parts = key.split('/');
        const prefix = parts
          .slice(0, Math.min(depth, parts.length - 1))
          .map((part) => `${part}/`)
          .join('');
        assert.equal(skipReason(key, selection), null);
        assert.ok(meets(planSteps(prefix, selection), key, selection), `${prefix} should lead to ${key}`);
      },
    ),
    { numRuns: 2000 },
  );
});

test('the listings of a plan do not overlap and are in the order of keys', () => {
  fc.assert(
    fc.property(
      someFrom,
      fc.nat(61 * 86_400),
      fc.uniqueArray(fc.constantFrom('eu-west-1', 'eu-west-1-wl1', 'us-east-1')),
      (from, seconds, regions) => {
        const selection = {
          ...EVERYTHING,
          regions: ['eu-north-1', ...regions],
          window: { from, to: from + seconds * 1_000_000 + 1 },
        };
        const prefixes = planSteps('AWSLogs/111122223333/', selection).map((step) => step.prefix);
        assert.deepEqual(prefixes, [...new Set(prefixes)].sort());
      },
    ),
  );
});
