/** Tests the first five minutes: `draintrace` alone, and `doctor` with each check in good and in bad state. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { StandIn } from '../s3/stand-in.ts';
import { StandInApi } from '../watch/stand-in-api.ts';
import { StandInBalancer } from '../watch/stand-in-balancer.ts';
import { draintrace, freshFolder, makeDatabase } from './world.ts';

const NOW = Date.UTC(2026, 2, 10, 14, 12);
const s3 = new StandIn();
const api = new StandInApi();
const balancer = new StandInBalancer();
let endpoint = '';
let kubeconfig = '';
let balancerEndpoint = '';

before(async () => {
  endpoint = await s3.start();
  balancerEndpoint = await balancer.start();
  const server = await api.start();
  kubeconfig = join(freshFolder(), 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const folder = 'prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/03/10/';
  s3.put(
    'logs',
    `${folder}111122223333_elasticloadbalancing_eu-central-1_app.shop.50dc6c495c0c9188_20260310T1405Z_10.0.0.1_abcdefgh.log.gz`,
    'x',
  );
  s3.put('empty', 'nothing.txt', 'x');
});
after(() => Promise.all([s3.stop(), api.stop(), balancer.stop()]));

const env = () => ({
  ...s3.env(),
  HOME: freshFolder(),
  KUBECONFIG: kubeconfig,
  AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: balancerEndpoint,
});

interface Row {
  check: string;
  state: string;
  found: string;
  fix: string;
}

async function doctor(words: string[], more: Record<string, string> = {}, now = NOW) {
  const db = join(freshFolder(), 'none.duckdb');
  const all = ['doctor', ...words, '--db', db, '--format', 'json'];
  const { code, stdout, stderr } = await draintrace(all, { env: { ...env(), ...more }, now });
  assert.equal(stderr, '');
  const rows = JSON.parse(stdout) as Row[];
  return { code, row: (check: string) => rows.find((one) => one.check === check)! };
}

test('all is well: logs arrive, pods can be listed, the clock agrees', async () => {
  const { code, row } = await doctor(['s3://logs/prod', '--region', 'eu-central-1', '--endpoint-url', endpoint]);
  assert.equal(code, 0);
  assert.deepEqual([row('node').state, row('disk').state, row('database').state], ['ok', 'ok', 'warn']);
  assert.deepEqual(row('s3://logs/prod'), {
    check: 's3://logs/prod',
    state: 'ok',
    found: 'can be listed; 1 access log, the latest ends 7 minutes ago',
    fix: '',
  });
  assert.equal(row('kubernetes').state, 'ok', row('kubernetes').found);
  assert.match(row('clock').found, /differs from that of 127\.0\.0\.1:\d+ by -?[01] s/);
});

test('logs that stopped, a prefix without logs, a bucket that is not there: each with what to do', async () => {
  const late = await doctor(['s3://logs/prod', '--endpoint-url', endpoint], {}, NOW + 3_600_000);
  assert.equal(late.row('s3://logs/prod').state, 'warn');
  assert.match(late.row('s3://logs/prod').found, /the latest ends 67 minutes ago/);
  const none = await doctor(['s3://empty', '--endpoint-url', endpoint]);
  assert.match(none.row('s3://empty').fix, /access_logs\.s3\.enabled/);
  const missing = await doctor(['s3://not-there', '--endpoint-url', endpoint]);
  assert.equal(missing.code, 3);
  assert.equal(missing.row('s3://not-there').state, 'fail');
  assert.notEqual(missing.row('s3://not-there').fix, '');
});

test('which load balancers write no access logs', async () => {
  balancer.loadBalancers.set('shop', 'logs').set('quiet', null);
  const { row } = await doctor(['s3://logs/prod', '--region', 'eu-central-1', '--endpoint-url', endpoint]);
  assert.deepEqual(row('access logs'), {
    check: 'access logs',
    state: 'warn',
    found: '1 of 2 load balancers write access logs; not quiet',
    fix: 'switch them on: access_logs.s3.enabled=true',
  });
});

test('no cluster at hand, and a Prometheus that does not answer', async () => {
  const { code, row } = await doctor(['prometheus+http://127.0.0.1:9'], { KUBECONFIG: join(freshFolder(), 'none') });
  assert.equal(row('kubernetes').state, 'warn');
  assert.notEqual(row('kubernetes').fix, '');
  assert.equal(row('prometheus+http://127.0.0.1:9').state, 'fail');
  assert.equal(code, 3);
});

test('a server whose clock is another is told', async () => {
  const server = createServer((_, response) => {
    response.setHeader('date', new Date(Date.now() - 90_000).toUTCString());
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { row } = await doctor([`prometheus+${url}`]);
  server.close();
  server.closeAllConnections();
  assert.equal(row('clock').state, 'warn');
  assert.match(row('clock').found, /by (89|90|91) s/);
});

test('draintrace alone says what to do next, before and after something is loaded', async () => {
  const db = join(freshFolder(), 'none.duckdb');
  const first = await draintrace([], { env: { DRAINTRACE_DB: db } });
  assert.equal(first.code, 0);
  assert.match(first.stdout, /Nothing is loaded yet[\s\S]*draintrace doctor s3:/);
  const second = await draintrace([], { env: { DRAINTRACE_DB: await makeDatabase({}) } });
  assert.match(second.stdout, /is loaded\. Next:\n {2}draintrace trace/);
});

test('without a kubeconfig, doctor and watch say that none was found, and where they looked', async () => {
  const { row } = await doctor([], { KUBECONFIG: '', HOME: '/nowhere' });
  assert.equal(row('kubernetes').state, 'warn');
  assert.match(
    row('kubernetes').found,
    /no kubeconfig was found \(KUBECONFIG is not set, and \/nowhere\/\.kube\/config does not exist\)/,
  );
  assert.match(row('kubernetes').fix, /set KUBECONFIG/);
  const watch = ['watch', '--out', freshFolder(), '--for', '1s'];
  const { code, stderr } = await draintrace(watch, { env: { HOME: '/nowhere' } });
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^draintrace: no kubeconfig was found .*\/nowhere\/\.kube\/config.*; set KUBECONFIG \(or --kubeconfig\)[^\n]*\n$/,
  );
});

test('people get a paragraph for each check, nothing of it cut', async () => {
  const options = { env: { HOME: '/nowhere' }, columns: 40 };
  const { stdout } = await draintrace(['doctor', '--db', '/nowhere/none.duckdb', '--color', 'never'], options);
  assert.match(stdout, /^ok {4}node +Node \d/m);
  assert.match(stdout, /^ +fix: set KUBECONFIG \(or --kubeconfig\) to the file that kubectl\n +uses/m);
});
