/** samples/ equals the output of samples/make.ts, and its incidents are found. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { makeSamples } from '../samples/make.ts';
import { MECHANISMS } from '../src/query/word.ts';
import { cli, expectStatus, freshFolder, ROOT } from './cli.ts';
import { filesOf } from './module.ts';

/** The zlib that compressed the committed files; other versions may compress differently. */
const ZLIB = '1.3.1-e00f703';

interface Verdict {
  trace_id: string;
  mechanism: string;
  cause: string | null;
  [column: string]: unknown;
}

const cwd = freshFolder();

before(async () => {
  const sources = ['samples/rollout-day', 'samples/recorded-incident'].map((folder) => join(ROOT, folder));
  expectStatus(await cli(['load', ...sources, '--timezone', '+08:00'], { cwd }), 0);
});

async function trace(...flags: string[]): Promise<Verdict[]> {
  const { stdout } = expectStatus(await cli(['trace', '--format', 'json', ...flags], { cwd }), 0);
  return JSON.parse(stdout) as Verdict[];
}

test('the files are those that samples/make.ts makes, byte for byte', () => {
  const made = makeSamples();
  const kept = filesOf('samples', '')
    .map((file) => file.slice('samples/'.length))
    .filter((file) => /^(?:rollout-day|recorded-incident)/.test(file))
    .filter((file) => !/\.md$|^recorded-incident\/probe-.*\.txt$/.test(file));
  assert.deepEqual([...made.keys()].sort(), kept);
  for (const [file, bytes] of made) {
    const stored = readFileSync(join(ROOT, 'samples', file));
    const isCompressed = file.endsWith('.gz') && bytes.length > 0 && process.versions.zlib !== ZLIB;
    const same = isCompressed ? gunzipSync(bytes).equals(gunzipSync(stored)) : bytes.equals(stored);
    assert.ok(same, `${file} is not what node --import tsx samples/make.ts makes`);
  }
});

test('each failure of the made-up day has the verdict of rollout-day.expected.csv, and no other is found', async () => {
  const expected = parse(readFileSync(join(ROOT, 'samples/rollout-day.expected.csv')), { columns: true }) as Verdict[];
  const found = await trace('--all', '--from', '2026-03-10', '--to', '2026-03-11');
  // The odd lines hold requests that balancers refused, and one that a client gave up. They belong to no story.
  const told = found.filter(({ trace_id }) => expected.some((one) => one.trace_id === trace_id));
  const verdicts = (rows: Verdict[]) =>
    rows.map(({ trace_id, mechanism, cause }) => `${trace_id} ${mechanism} ${cause || null}`).sort();
  assert.deepEqual(verdicts(told), verdicts(expected));
  const odd = found.filter((row) => !told.includes(row)).map(({ mechanism }) => mechanism);
  assert.deepEqual(odd.sort(), ['client_closed', 'rejected_request', 'rejected_request']);
});

test('the day holds at least one failure of each mechanism, and of the causes that a rollout has', async () => {
  const found = await trace('--all');
  assert.deepEqual([...new Set(found.map(({ mechanism }) => mechanism))].sort(), [...MECHANISMS].sort());
  const causes = ['draining_target', 'killed_in_flight', 'healthy_target', 'no_healthy_target'];
  const missing = [...causes, 'no_evidence'].filter((cause) => !found.some((row) => row.cause === cause));
  assert.deepEqual(missing, []);
});

test('the trace of the recorded incident names the pod', async () => {
  const [row, ...more] = await trace('--to', '2023-01-08');
  assert.deepEqual(more, []);
  const { pod_name, mechanism, cause, target_ip, target_port, time } = row!;
  assert.deepEqual(
    { pod_name, mechanism, cause, target_ip, target_port, time },
    {
      pod_name: 'jiameng-api-dev-7cf849584f-kh7vk',
      mechanism: 'connect_timeout',
      cause: 'draining_target',
      target_ip: '10.0.2.61',
      target_port: 1325,
      time: '2023-01-07T09:22:52.872365Z',
    },
  );
});

test('every line of every object is a row or a rejected line', async () => {
  const statement = 'select count(*)::int as n from log_object where lines <> "rows" + rejected';
  const { stdout } = expectStatus(await cli(['sql', statement, '--format', 'ndjson'], { cwd }), 0);
  assert.equal(stdout, '{"n":0}\n');
});
