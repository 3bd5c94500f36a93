/** Tests which lakes a listing has, and which of their objects are loaded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planLake, splitLakes } from '../../src/load/main/lake-plan.ts';
import type { LakeEntry } from '../../src/store/lake-read.ts';
import { EVERYTHING } from '../s3/ask.ts';

const found = (uri: string) => ({
  source: 0,
  object: { uri, etag: 'e', size: 1, modified: null, name: uri.slice(uri.lastIndexOf('/') + 1) },
});
const LOG =
  's3://b/l/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/03/10/111122223333_elasticloadbalancing_eu-west-1_app.web.0123456789abcdef_20260310T1405Z_10.0.0.1_abc.log.gz';
const entry = (change: Partial<LakeEntry> = {}): LakeEntry => ({
  object_id: 7,
  uri: LOG,
  etag: 'e',
  keep: 'all',
  kind: 'alb_access_log',
  first_time: 1,
  last_time: 2,
  loaded_at: 100,
  ...change,
});
const own = (change = {}) =>
  new Map([
    [
      LOG,
      { object_id: 3, etag: 'e', keep: 'all', loaded_at: 50, status: 'complete', kind: 'alb_access_log', ...change },
    ],
  ]);

test('a lake is known by its manifest and has the Parquet below it, of lakes in lakes the inner; all else is no part of it', () => {
  const uris = [
    's3://b/lake/alb_log/day=2026-03-10/lb=app.a%3Ab/data.parquet',
    's3://b/lake/draintrace-lake.json',
    's3://b/lake/inner/draintrace-lake.json',
    's3://b/lake/inner/log_object/data.parquet',
    's3://b/lake/notes.txt',
    's3://b/lakeside/data.parquet',
    's3://b/pods.json',
  ];
  const { lakes, rest } = splitLakes(uris.map(found));
  assert.deepEqual(
    lakes.map(({ folder, files }) => [folder, [...files.keys()]]),
    [
      ['s3://b/lake/', ['alb_log/day=2026-03-10/lb=app.a%3Ab/data.parquet']],
      ['s3://b/lake/inner/', ['log_object/data.parquet']],
    ],
  );
  assert.deepEqual(
    rest.map(({ object }) => object.uri),
    ['s3://b/lake/notes.txt', 's3://b/lakeside/data.parquet', 's3://b/pods.json'],
  );
  const local = splitLakes(['file:///a%20b/draintrace-lake.json', 'file:///a%20b/x/lb=a%253Ab/y.parquet'].map(found));
  assert.deepEqual([...local.lakes[0]!.files.keys()], ['x/lb=a%3Ab/y.parquet']);
});

test('of what both have, the later state counts, and all of an object before a part', () => {
  const cases: [what: string, entry: LakeEntry, own: ReturnType<typeof own>, replaces: number | 'known'][] = [
    ['the same', entry(), own(), 'known'],
    ['replaced at its place later', entry({ etag: 'f' }), own(), 3],
    ['replaced at its place before', entry({ etag: 'f' }), own({ loaded_at: 200 }), 'known'],
    ['a part here, all there', entry(), own({ keep: 'failures', loaded_at: 200 }), 3],
    ['all here, a part there', entry({ keep: 'failures' }), own(), 'known'],
    ['the same part', entry({ keep: 'failures' }), own({ keep: 'failures' }), 'known'],
    ['another part, later', entry({ keep: 'failures' }), own({ keep: 'failures in 1..2' }), 3],
    ['another part, before', entry({ keep: 'failures' }), own({ keep: 'all in 1..2', loaded_at: 200 }), 'known'],
  ];
  for (const [what, theirs, ours, replaces] of cases) {
    const plan = planLake([theirs], ours, EVERYTHING);
    if (replaces === 'known') assert.deepEqual(plan, { take: [], known: 1, knownSkipped: 0, skipped: [] }, what);
    else assert.deepEqual(plan, { take: [{ object_id: 7, replaces }], known: 0, knownSkipped: 0, skipped: [] }, what);
  }
  assert.deepEqual(planLake([entry()], new Map(), EVERYTHING).take, [{ object_id: 7, replaces: null }]);
  const passed = planLake([entry()], own({ status: 'skipped' }), EVERYTHING);
  assert.deepEqual(passed, { take: [], known: 1, knownSkipped: 1, skipped: [] });
});

test('objects are picked by their names, as they are from a bucket', () => {
  const reason = (selection: object) => planLake([entry()], new Map(), { ...EVERYTHING, ...selection }).skipped;
  assert.deepEqual(reason({ loadBalancers: ['api'] }), ['other load balancer']);
  assert.deepEqual(reason({ loadBalancers: ['web'] }), []);
  assert.deepEqual(reason({ accounts: ['999999999999'] }), ['other account']);
  assert.deepEqual(reason({ logs: ['health'] }), ['access log']);
  const at = (iso: string) => Date.parse(iso) * 1000;
  assert.deepEqual(reason({ window: { from: at('2026-03-11T00:00:00Z'), to: null } }), ['outside the window']);
  assert.deepEqual(reason({ window: { from: at('2026-03-10T14:00:00Z'), to: null } }), []);
});
