/** Tests gathering against answers, names and files that were made to do harm: no secret leaks, no other host, no early end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Aws } from '../../src/gather/aws.ts';
import { type AwsError, refusalOfAws } from '../../src/gather/aws-error.ts';
import { EvidenceFolder, STATE_FILE } from '../../src/gather/folder.ts';
import { gapOf } from '../../src/gather/gap.ts';
import { Api } from '../../src/watch/api.ts';
import { openCluster } from '../../src/watch/cluster.ts';
import { freshFolder } from '../command/world.ts';
import { gatherInto } from './gathering.ts';
import { BALANCER, IncidentWorld } from './incident-world.ts';
import { filesBelow } from './simulated.ts';
import { ENV } from './stand-in-aws.ts';

const world = new IncidentWorld(join(freshFolder(), 'simulated'));
let kubeconfig = '';
before(async () => {
  await world.start();
  kubeconfig = world.cluster.kubeconfig(freshFolder());
});
after(() => world.stop());
beforeEach(() => {
  world.aws.refusals.length = 0;
});

test('a kubeconfig with an error does not show the token beside it', async () => {
  const file = join(freshFolder(), 'config');
  writeFileSync(file, 'users:\n- name: x\n  user:\n    token: HUNTER2: a\n');
  await assert.rejects(openCluster({ kubeconfig: file, context: null, inCluster: false, env: {} }), (error: Error) => {
    assert.match(error.message, /cannot be read \(bad indentation/);
    assert.doesNotMatch(error.message, /HUNTER2/);
    return true;
  });
});

test('a refused signature does not show the session token that AWS repeats', () => {
  const message =
    "The request signature we calculated does not match. The Canonical String for this request should have been 'POST\n/\n\nhost:a\nx-amz-security-token:HUNTER2";
  const text = JSON.stringify({ __type: 'SignatureDoesNotMatch', message });
  const { message: said } = refusalOfAws(new Response(text, { status: 403 }), text, 'logs:FilterLogEvents');
  assert.match(said, /does not match\.\)$/);
  assert.doesNotMatch(said, /HUNTER2/);
});

test('an endpoint that is none, or has a password, is refused without showing it', async () => {
  for (const endpoint of ['http://user:HUNTER2@127.0.0.1:1', 'nothing', 'file:///etc/passwd']) {
    const env = { ...ENV, AWS_ENDPOINT_URL: endpoint };
    const aws = new Aws('eu-central-1', { endpointUrl: null, region: null, profile: null, env });
    await assert.rejects(aws.json('logs', 'A', {}, new AbortController().signal), (error: AwsError) => {
      assert.match(error.message, /is no address of a server/);
      assert.doesNotMatch(error.message, /HUNTER2/);
      assert.equal(gapOf(error, 'a').next, 'correct or unset it, then run again');
      return true;
    });
  }
});

test('a region that would lead to another host is refused', async () => {
  for (const region of ['evil.example/', 'x@evil.example/', 'a#', 'a.b']) {
    await assert.rejects(Aws.regionOf({ endpointUrl: null, region, profile: null, env: {} }), /is no AWS region/);
  }
});

test('a full disk is no trouble of the network, though its call is named as that of a socket', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG']) {
    const error = Object.assign(new Error(code), { code, syscall: 'write' });
    assert.throws(() => gapOf(error, 'a'), { code });
  }
  const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET', syscall: 'read' });
  assert.match(gapOf(reset, 'a').reason, /connection failed/);
});

test('names that no file can have leave a gap, and all else is gathered', async () => {
  const log = filesBelow(world.folder).find((file) => file.startsWith('logs/AWSLogs/'))!;
  const key = log.replace('logs/', 'prod/');
  const bucket = world.attributes['access_logs.s3.bucket']!;
  world.s3.put(bucket, key.replace('.log.gz', `${'x'.repeat(300)}.log.gz`), 'x');
  // The object is a folder of this one.
  world.s3.put(bucket, `${key}/${key.split('/').at(-1)}`, 'x');
  const folder = freshFolder();
  const run = await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER } });
  const gaps = run.gaps.filter(({ reason }) => reason.includes('that no file can have'));
  assert.deepEqual([...new Set(gaps.map(({ what }) => what))], ['access logs of k8s-shop']);
  assert.match(gaps[0]!.reason, /^2 not read/);
  assert.equal(run.state.steps.kubernetes!.gaps.length, 0);
});

test('a state that somebody else wrote is refused where a later step would trip over it', async () => {
  const folder = freshFolder();
  await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER } });
  const file = join(folder, STATE_FILE);
  const good = readFileSync(file, 'utf8');
  const changes: [string, (scope: Record<string, Record<string, unknown>[]>) => void][] = [
    ['drainSeconds', ({ groups }) => Object.assign(groups![0]!, { drainSeconds: 'x' })],
    ['targetType', ({ groups }) => Object.assign(groups![0]!, { targetType: 1 })],
    ['name', ({ balancers }) => Object.assign(balancers![0]!, { name: null })],
    ['attributes', ({ balancers }) => Object.assign(balancers![0]!, { attributes: { a: 1 } })],
  ];
  for (const [what, change] of changes) {
    const state = JSON.parse(good) as { scope: Record<string, Record<string, unknown>[]> };
    change(state.scope);
    writeFileSync(file, JSON.stringify(state));
    await assert.rejects(new EvidenceFolder(folder).state(), /no state/, what);
  }
});

test('a state that is a pipe or a device is refused at once', async () => {
  for (const make of [
    (path: string) => void execFileSync('mkfifo', [path]),
    (path: string) => symlinkSync('/dev/zero', path),
    (path: string) => mkdirSync(path),
  ]) {
    const folder = freshFolder();
    make(join(folder, STATE_FILE));
    await assert.rejects(new EvidenceFolder(folder).state(), /no state of draintrace incident/);
  }
});

test('an API server whose list never ends is given up', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(JSON.stringify({ items: [], metadata: { continue: 'again' } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const api = new Api({ server: url, options: async () => ({}) }, () => 0);
    await assert.rejects(api.list('/api/v1/pods', null, new AbortController().signal), /repeats a page/);
    assert.equal(asked, 2);
  } finally {
    server.close();
  }
});

test('a folder from somebody else with a link is refused: no file is written through it', async () => {
  const folder = freshFolder();
  await gatherInto(folder, { env: world.env, kubeconfig, question: { lb: BALANCER } });
  assert.notEqual(await new EvidenceFolder(folder).state(), null);
  const elsewhere = freshFolder();
  symlinkSync(elsewhere, join(folder, 'linked'));
  await assert.rejects(new EvidenceFolder(folder).state(), /beside it lies a link, .*linked, through which/);
});
