/** Tests a probe of a loopback server: its requests, its results, and its politeness. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { newTraceId, type ProbeResult } from '../../src/probe/request.ts';
import { runProbe } from '../../src/probe/run.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { arnOf, StandInBalancer } from '../watch/stand-in-balancer.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse, n: number) => void): Promise<URL> {
  let n = 0;
  server = createServer((request, response) => answer(request, response, n++));
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health`);
}

async function probe(url: URL, change: { rate?: number; forMs?: number; timeoutMs?: number } = {}) {
  const results: ProbeResult[] = [];
  const notes: string[] = [];
  await runProbe({
    url,
    rate: 50,
    forMs: 400,
    timeoutMs: 1000,
    now: () => Date.now() * 1000,
    sleep: async (ms) => {
      await delay(ms);
    },
    ended: async (result) => {
      results.push(result);
    },
    note: (text) => notes.push(text),
    signal: new AbortController().signal,
    ...change,
  });
  return { results, notes };
}

test('a trace id is what the load balancer keeps: its own shape, with the time', () => {
  assert.equal(newTraceId(1_700_000_000_000_000, Buffer.alloc(12, 0xab)), 'Root=1-6553f100-abababababababababababab');
});

test('half of the requests keep their connection, each has a trace id of its own, and the rate holds', async () => {
  const seen: { trace: string; connection: string; port: number }[] = [];
  const url = await listen((request, response) => {
    seen.push({
      trace: String(request.headers['x-amzn-trace-id']),
      connection: String(request.headers.connection),
      port: request.socket.remotePort!,
    });
    response.end('ok');
  });
  const { results } = await probe(url);
  assert.ok(results.length >= 5 && results.length <= 21, `${results.length} requests in 0.4 s at 50 a second`);
  assert.equal(new Set(seen.map(({ trace }) => trace)).size, seen.length);
  assert.ok(seen.every(({ trace }) => /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/.test(trace)));
  assert.deepEqual(results.map(({ traceId }) => traceId).sort(), seen.map(({ trace }) => trace).sort());
  const kept = seen.filter(({ connection }) => connection === 'keep-alive');
  assert.ok(Math.abs(kept.length - seen.length / 2) <= 1);
  assert.ok(new Set(kept.map(({ port }) => port)).size < kept.length, 'a connection is used again');
});

test('answers that break off, fail or do not come are told apart', async () => {
  const url = await listen((request, response, n) => {
    if (n === 0) response.writeHead(502).end();
    else if (n === 1) request.socket.resetAndDestroy();
    else if (n === 2) response.writeHead(200, { 'content-length': '10' }).write('part');
    else if (n === 3) response.end('ok');
    if (n === 2) setTimeout(() => response.destroy(), 20);
  });
  const { results } = await probe(url, { rate: 20, forMs: 220, timeoutMs: 150 });
  const [first, second, third, fourth, fifth] = results
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ status, error }) => [status, error]);
  assert.deepEqual(
    [first, second, third],
    [
      [502, null],
      [null, 'ECONNRESET'],
      [200, 'ECONNRESET'],
    ],
  );
  assert.deepEqual(fourth, [200, null]);
  if (fifth) assert.deepEqual(fifth, [null, 'no answer in time']);
});

test('a 429 halves the rate and is waited for', async () => {
  const times: number[] = [];
  const url = await listen((_request, response, n) => {
    times.push(Date.now());
    response.writeHead(n === 0 ? 429 : 200, n === 0 ? { 'retry-after': '1' } : {}).end();
  });
  const { notes } = await probe(url, { rate: 20, forMs: 1600 });
  assert.deepEqual(notes, ['The server answers 429 (too many requests): half the rate.']);
  const later = times.filter((time) => time - times[0]! > 900);
  const early = times.filter((time) => time - times[0]! <= 900);
  assert.ok(early.length <= 3, `${early.length} requests before the server wanted one`);
  assert.ok(later.length >= 2 && later.length <= 8, `${later.length} in the 0.6 s after it, at 10 a second`);
});

test('the command ends with what failed, and load takes what it wrote', async () => {
  const url = await listen((_request, response, n) => {
    response.writeHead(n % 3 === 2 ? 504 : 200).end();
  });
  const elb = new StandInBalancer();
  const endpoint = await elb.start();
  try {
    elb.groups.set('shop', [{ ip: '10.0.0.1', port: 8080, state: 'draining' }]);
    const folder = freshFolder();
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: endpoint,
    };
    const words = ['probe', url.href, '--rate', '10', '--for', '2s', '--target-group', arnOf('shop'), '--out', folder];
    const probed = expectStatus(await cli([...words, '--format', 'json'], { env }), 0);
    const rows = JSON.parse(probed.stdout) as Record<string, unknown>[];
    assert.ok(rows.length >= 2);
    assert.ok(rows.every(({ status }) => status === 504));
    assert.ok(rows.some(({ targets }) => targets === '1 draining'));
    assert.match(probed.stderr, /^\d+ requests, \d+ failures?, the first at /m);
    const db = join(freshFolder(), 'probe.duckdb');
    expectStatus(await cli(['load', folder, '--db', db, '--quiet']), 0);
    const sql = `select count(*) filter (where status = 504) as failed, (select count(*) from rejected_line) as rejected,
      (select count(*) from target_state where state = 'draining') as draining from probe_result`;
    const asked = expectStatus(await cli(['sql', sql, '--db', db, '--format', 'json']), 0);
    const [loaded] = JSON.parse(asked.stdout) as Record<string, unknown>[];
    assert.equal(Number(loaded!.failed), rows.length);
    assert.equal(Number(loaded!.rejected), 0);
    assert.ok(Number(loaded!.draining) >= 1);
  } finally {
    await elb.stop();
  }
});

test('more than 50 a second is refused, and what is no url', async () => {
  const fast = expectStatus(await cli(['probe', 'http://127.0.0.1:1/', '--rate', '51']), 2);
  assert.match(fast.stderr, /--rate 51 is more than 50 a second: add --i-own-this/);
  assert.match(expectStatus(await cli(['probe', 'shop.example']), 2).stderr, /is no url: write it as https:/);
});
