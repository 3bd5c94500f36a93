import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test, { after, before } from 'node:test';
import { openSource } from '../../src/source/open.ts';
import { parsePrometheusUrl, planQueries, planWindows } from '../../src/source/prometheus-plan.ts';
import { SourceError } from '../../src/source/source.ts';
import { listAll } from '../s3/ask.ts';

const at = (text: string) => Date.parse(text) * 1000;
const FROM = at('2026-03-01T10:10:00Z');
const NOW = at('2026-03-01T11:05:00Z');
const EMPTY = '{"status":"success","data":{"resultType":"matrix","result":[]}}';

test('a url names the address and nothing else', () => {
  const base = (text: string) => parsePrometheusUrl(text)?.base ?? null;
  assert.equal(base('prometheus+http://localhost:9090'), 'http://localhost:9090');
  assert.equal(base('prometheus+https://p.example/prom/'), 'https://p.example/prom');
  assert.equal(base('prometheus+https://p.example/a/api/v1/query_range'), 'https://p.example/a');
  for (const text of [
    'prometheus+ftp://x',
    'prometheus+http://',
    'prometheus+http://u:p@x',
    'prometheus+http://x?a=1',
  ]) {
    assert.equal(base(text), null, text);
  }
  assert.equal(parsePrometheusUrl('prometheus+http://x', ' {namespace="a",} ')?.selector, 'namespace="a"');
});

test('windows lie on a grid, reach back over their beginning, and are closed when late samples have come', () => {
  const windows = planWindows(FROM, at('2026-03-01T12:00:00Z'), NOW).map(({ from, ends, to, closed }) => [
    ...[from, ends, to].map((time) => new Date(time / 1000).toISOString().slice(11, 16)),
    closed,
  ]);
  assert.deepEqual(windows, [
    ['10:00', '10:30', '10:30', true],
    ['10:30', '11:00', '11:00', false],
    ['11:00', '11:30', '11:05', false],
  ]);
  assert.deepEqual(planWindows(NOW + 1e6, NOW + 2e9, NOW).length, 0);
});

test('queries are raw selectors over the window and what lies before, far below 11,000 points a series', () => {
  const [window] = planWindows(FROM, FROM + 1e6, NOW);
  const queries = planQueries(window!, 'namespace="dev"').map(({ query, seconds }) => query(seconds));
  assert.equal(queries[0], 'kube_pod_info{namespace="dev"}[2400s]');
  assert.ok(queries.includes('kube_pod_status_ready{condition="true",namespace="dev"}[2400s]'));
  assert.ok(queries.includes('last_over_time(kube_pod_created{namespace="dev"}[2400s])'));
  assert.ok(queries.includes('kube_node_status_condition{condition="Ready",status="true"}[2400s]'));
  assert.equal(planQueries(window!, '').map(({ query }) => query(1))[1], 'kube_pod_deletion_timestamp[1s]');
});

type Handler = (query: URLSearchParams, response: ServerResponse, headers: IncomingHttpHeaders) => void;
let server: Server;
let port: number;
let handle: Handler;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'draintrace-prometheus-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => handle(new URLSearchParams(body), response, request.headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Options {
  url?: string;
  env?: Record<string, string>;
  to?: string;
}

function source({ url, env = {}, to = '2026-03-01T10:20:00Z' }: Options = {}) {
  return openSource(url ?? `prometheus+http://127.0.0.1:${port}/prom`, {
    window: { from: FROM, to: at(to) },
    accounts: [],
    regions: [],
    loadBalancers: [],
    logs: [],
    env,
    patience: { tries: 2, idleMs: 2000, sleep: async () => {} },
    stdin: Readable.from([]),
    now: () => NOW,
  });
}

async function fetchAll(options: Options = {}): Promise<string> {
  const opened = source(options);
  const { objects } = await listAll(opened);
  const { path } = await opened.fetch(objects[0]!, folder, new AbortController().signal);
  return readFileSync(path, 'utf8');
}

async function refusal(answer: Handler, options: Options = {}): Promise<SourceError> {
  handle = answer;
  const error = await fetchAll(options).then(
    () => assert.fail('it was answered'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof SourceError, String(error));
  return error;
}

test('an object holds the answers, and is the same object until its window is closed', async () => {
  handle = (query, response) => {
    assert.match(query.get('query') ?? '', /kube_/);
    response.end(EMPTY);
  };
  const text = await fetchAll();
  assert.equal(text.trim().split('\n').length, 13);
  const { objects } = await listAll(source({ to: '2026-03-01T10:40:00Z' }));
  const prefix = `prometheus+http://127.0.0.1:${port}/prom?from=2026-03-01T10:`;
  assert.deepEqual(
    objects.map(({ uri, etag }) => [uri, etag.replace(/\d+/, 'N')]),
    [
      [`${prefix}00:00Z&to=2026-03-01T10:30:00Z`, 'closed'],
      [`${prefix}30:00Z&to=2026-03-01T11:00:00Z`, 'open-N'],
    ],
  );
});

test('credentials come from the environment', async () => {
  const seen = new Set<string | undefined>();
  handle = (_, response, headers) => {
    seen.add(headers.authorization);
    response.end(EMPTY);
  };
  await fetchAll({ env: { DRAINTRACE_PROMETHEUS_TOKEN: 'secret' } });
  await fetchAll({ env: { DRAINTRACE_PROMETHEUS_USERNAME: 'me', DRAINTRACE_PROMETHEUS_PASSWORD: 'x:y' } });
  await fetchAll();
  assert.deepEqual([...seen], ['Bearer secret', `Basic ${Buffer.from('me:x:y').toString('base64')}`, undefined]);
});

test('a window with too many samples is asked for in halves', async () => {
  const asked: string[] = [];
  handle = (query, response) => {
    const range = Number(/\[(\d+)s\]/.exec(query.get('query') ?? '')![1]);
    if (query.get('query')!.startsWith('kube_pod_info')) asked.push(`${range}@${query.get('time')}`);
    const error = 'query processing would load too many samples into memory in query execution';
    if (range <= 700) response.end(EMPTY);
    else response.writeHead(422).end(JSON.stringify({ status: 'error', errorType: 'execution', error }));
  };
  const text = await fetchAll();
  const end = at('2026-03-01T10:30:00Z') / 1e6;
  assert.deepEqual(asked, [
    `2400@${end}`,
    `1200@${end - 1200}`,
    `600@${end - 1800}`,
    `600@${end - 1200}`,
    `1200@${end}`,
    `600@${end - 600}`,
    `600@${end}`,
  ]);
  assert.equal(text.trim().split('\n').length, 52);
});

test('each way to fail has one sentence that says what to do', async () => {
  const said = async (answer: Handler, options?: Options) => {
    const { message, fatal } = await refusal(answer, options);
    return `${fatal ? 'fatal ' : ''}${message.replaceAll(String(port), 'PORT')}`;
  };
  const fail =
    (status: number, body = '', headers = {}): Handler =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
    };
  const base = 'http://127.0.0.1:PORT/prom';
  const api = (error: string) => JSON.stringify({ status: 'error', errorType: 'bad_data', error });
  assert.equal(
    await said(fail(401, 'no')),
    `fatal ${base} refuses this user (401); set DRAINTRACE_PROMETHEUS_TOKEN, or DRAINTRACE_PROMETHEUS_USERNAME and DRAINTRACE_PROMETHEUS_PASSWORD`,
  );
  assert.equal(
    await said(fail(403), { env: { DRAINTRACE_PROMETHEUS_TOKEN: 'secret' } }),
    `fatal ${base} refuses this user (403); check the credentials in DRAINTRACE_PROMETHEUS_*`,
  );
  assert.equal(
    await said(fail(400, api('1:5: parse error:\nunexpected }'))),
    `fatal ${base} does not understand the query (1:5: parse error: unexpected }); check --selector`,
  );
  assert.match(
    await said(fail(422, api('boom'))),
    /10:30:00Z: .* cannot answer \(boom\); ask for less with --selector$/,
  );
  const other = `fatal ${base} does not answer as Prometheus does (200); check the address and its path`;
  assert.equal(await said(fail(200, '<html>Grafana</html>')), other);
  assert.equal(await said(fail(404, '404 page not found')), other.replace('200', '404'));
  assert.equal(
    await said(fail(302, '', { location: 'https://login.example/' })),
    `fatal ${base} leads to https://login.example/; give that address`,
  );
  assert.match(await said(fail(503, 'Service Unavailable')), /keeps failing \(503 ?\); run again later$/);
  assert.match(await said((_, response) => response.destroy()), /the connection broke off \(.+\); run again$/);
  assert.match(await said(fail(200), { url: 'prometheus+http://127.0.0.1:1' }), /^fatal .* has a port that no HTTP/);
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((resolve) => closed.close(resolve));
  assert.equal(
    await said(fail(200), { url: `prometheus+${url}` }),
    `fatal ${url} cannot be reached (ECONNREFUSED); check host, port and network`,
  );
});
