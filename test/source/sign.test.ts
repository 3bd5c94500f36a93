/** Requests to Amazon Managed Service for Prometheus are signed, and only these. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { signingRegion } from '../../src/source/prometheus.ts';
import { parsePrometheusUrl } from '../../src/source/prometheus-plan.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { type Checked, checkSignature } from './signature.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG';
const EMPTY = '{"status":"success","data":{"resultType":"matrix","result":[]}}';

let server: Server;
let base = '';
const signed: (Checked | string)[] = [];
/** Answers instead, while it is set. */
let refusal: { status: number; body: string } | null = null;

before(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const told = checkSignature(request, body, SECRET);
    signed.push(told);
    const isFine = typeof told !== 'string' && request.url === '/workspaces/ws-1/api/v1/query';
    if (refusal ?? !isFine) {
      response.writeHead(refusal?.status ?? 403, { 'content-type': 'application/json' });
      response.end(refusal?.body ?? '{"message":"The request signature we calculated does not match"}');
      return;
    }
    assert.match(new URLSearchParams(body).get('query')!, /kube_/);
    response.end(EMPTY);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `prometheus+http://127.0.0.1:${(server.address() as AddressInfo).port}/workspaces/ws-1`;
});
after(() => server.close());

const ENV = {
  AWS_ACCESS_KEY_ID: 'AKIATEST',
  AWS_SECRET_ACCESS_KEY: SECRET,
  DRAINTRACE_PROMETHEUS_SIGV4_REGION: 'eu-central-1',
};
const WINDOW = ['--from', '2026-03-01T10:00:00Z', '--to', '2026-03-01T10:20:00Z'];
const load = (env: Record<string, string>) =>
  cli(['load', base, ...WINDOW, '--selector', 'namespace="shop",pod=~"a+b /é"'], { cwd: freshFolder(), env });

test('every query is signed for the region and the service, also with letters that are escaped', async () => {
  signed.length = 0;
  expectStatus(await load(ENV), 0);
  assert.ok(signed.length >= 12);
  for (const one of signed) assert.deepEqual(one, { accessKeyId: 'AKIATEST', region: 'eu-central-1', service: 'aps' });
});

test('a wrong key and a missing permission are said, with what to allow', async () => {
  const wrong = expectStatus(await load({ ...ENV, AWS_SECRET_ACCESS_KEY: 'other' }), 3);
  assert.match(
    wrong.stderr,
    /refuses this user \(403 The request signature we calculated does not match\); allow aps:QueryMetrics/,
  );
  refusal = { status: 403, body: '{"Message":"User is not authorized to perform: aps:QueryMetrics"}' };
  const denied = expectStatus(await load(ENV), 3);
  refusal = null;
  assert.match(
    denied.stderr,
    /not authorized to perform: aps:QueryMetrics\); allow aps:QueryMetrics of this workspace/,
  );
});

test('without credentials it says how to give them, and sends nothing', async () => {
  signed.length = 0;
  const none = {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  const { stderr } = expectStatus(await load({ ...ENV, ...none }), 3);
  assert.match(stderr, /No AWS credentials \(.*\); set AWS_PROFILE/);
  assert.deepEqual(signed, []);
});

test('the address of a workspace tells its region; a token of another server leaves requests unsigned', () => {
  const region = (host: string, env: Record<string, string> = {}) =>
    signingRegion(parsePrometheusUrl(`prometheus+https://${host}/workspaces/ws-1`)!, env);
  assert.equal(region('aps-workspaces.eu-central-1.amazonaws.com'), 'eu-central-1');
  assert.equal(region('aps-workspaces-fips.us-gov-west-1.amazonaws.com'), 'us-gov-west-1');
  assert.equal(region('vpce-0a1-b2.aps-workspaces.ap-southeast-2.vpce.amazonaws.com'), 'ap-southeast-2');
  assert.equal(region('aps-workspaces.eu-central-1.amazonaws.com.example.org'), null);
  assert.equal(region('prometheus.example.org'), null);
  const asked = { DRAINTRACE_PROMETHEUS_SIGV4_REGION: 'eu-west-1' };
  assert.equal(region('prometheus.example.org', asked), 'eu-west-1');
  assert.equal(region('prometheus.example.org', { ...asked, DRAINTRACE_PROMETHEUS_TOKEN: 't' }), null);
});
