/** Tests a watch of an API server with all the behaviour of real ones. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { freshFolder } from '../cli.ts';
import { beginWatch, filesOf, podFacts, read, stopAll, until } from './capture.ts';
import { makePod } from './pod.ts';
import { StandInApi } from './stand-in-api.ts';

let api: StandInApi;
let server: string;

beforeEach(async () => {
  api = new StandInApi();
  server = await api.start();
});

afterEach(async () => {
  stopAll();
  await api.stop();
});

const lines = (directory: string, name = 'pods-shop') =>
  filesOf(directory, name).flatMap(({ text }) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  );
const podWatch = (asked: { verb: string; resource: string }) => asked.verb === 'watch' && asked.resource === 'pods';
const watching = (n = 3) => until(() => api.watching === n, `${n} watches`);

test('what lives, goes and comes is written with its time, and read with no line rejected', async () => {
  for (let i = 1; i <= 7; i++) api.put('pods', makePod(`api-${i}`, {}, `10.0.0.${i}`));
  const folder = freshFolder();
  const began = Date.now() * 1000;
  const watch = beginWatch(server, folder);
  await watching();
  const deletion = { deletionTimestamp: '2026-03-01T10:00:30Z', deletionGracePeriodSeconds: 30 };
  api.put('pods', makePod('api-1', deletion, '10.0.0.1'));
  api.put('pods', makePod('api-1', { ...deletion, deletionGracePeriodSeconds: 0 }, '10.0.0.1'));
  api.delete('uid-api-1');
  api.put('pods', makePod('api-8', {}, '10.0.0.8'));
  await until(() => lines(folder).some(({ object }) => object?.metadata?.name === 'api-8'), 'api-8');
  const outcome = await watch.stop();
  const ended = Date.now() * 1000;

  assert.deepEqual(watch.notes, []);
  assert.ok(outcome.lines.get('pods')! >= 6);
  assert.ok(readdirSync(folder).every((file) => file.endsWith('.jsonl.gz')));
  const facts = podFacts(folder);
  const of = (name: string, event: string) => facts.filter((fact) => fact.name === name && fact.event === event);
  assert.deepEqual(
    of('api-1', 'deleted').map(({ earliest }) => new Date(earliest! / 1000).toISOString()),
    ['2026-03-01T10:00:00.000Z'],
  );
  const [gone] = of('api-1', 'gone');
  assert.ok(gone && gone.latest! >= began && gone.latest! <= ended);
  for (const name of ['api-2', 'api-7', 'api-8']) {
    const seen = of(name, 'seen').map(({ earliest }) => earliest!);
    assert.ok(seen.length > 0, `${name} was seen`);
    // The last list comes at the end.
    assert.ok(ended - Math.max(...seen) < 3_000_000);
  }
  assert.equal(
    of('api-1', 'seen').every(({ latest }) => latest! < gone.latest!),
    true,
  );
});

test('nothing that may be secret is written', async () => {
  api.put('pods', makePod('api-1'));
  const folder = freshFolder();
  const watch = beginWatch(server, folder);
  await watching();
  await watch.stop();
  const [file] = filesOf(folder, 'pods-shop');
  assert.ok(file);
  assert.match(file.text, /api-1/);
  assert.doesNotMatch(file.text, /hidden/);
});

test('a watch that the server forgot is listed again, and what vanished meanwhile is gone between two times', async () => {
  api.put('pods', makePod('api-1'));
  api.put('pods', makePod('api-2', {}, '10.0.0.2'));
  const folder = freshFolder();
  const watch = beginWatch(server, folder);
  await watching();
  await until(() => lines(folder).some(({ type }) => type === 'BOOKMARK'), 'a bookmark');
  // No watch gets through while both pods disappear, so nobody sees the events.
  api.fail({ kind: 'reset' }, ({ verb }) => verb === 'watch', 6);
  const lost = Date.now() * 1000;
  api.hangUp();
  await until(() => api.watching === 0, 'no watch');
  api.delete('uid-api-1');
  api.delete('uid-api-2');
  api.put('pods', makePod('api-3', {}, '10.0.0.3'));
  api.compact();
  await watching();
  const found = Date.now() * 1000;
  await watch.stop();

  const gone = podFacts(folder).filter(({ event }) => event === 'gone');
  assert.deepEqual(gone.map(({ name }) => name).sort(), ['api-1', 'api-2']);
  for (const { earliest, latest } of gone) {
    assert.ok(earliest! <= lost && earliest! > lost - 2_000_000, 'not before it was last known to live');
    assert.ok(latest! >= lost && latest! <= found, 'not after the list that lacks it');
  }
});

test('a watch that ends, breaks or answers nonsense goes on from where it was, without listing again', async () => {
  api.put('pods', makePod('api-1'));
  const folder = freshFolder();
  const watch = beginWatch(server, folder);
  await watching();
  const lists = () => api.asked.filter(({ verb, resource }) => verb === 'list' && resource === 'pods').length;
  const before = lists();
  api.fail({ kind: 'status', status: 500 }, podWatch);
  api.fail({ kind: 'line', line: '{"type": "ADDED", "object"' }, podWatch);
  api.fail({ kind: 'line', line: '<html>' }, podWatch);
  api.fail({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, podWatch);
  api.hangUp();
  api.put('pods', makePod('api-2', {}, '10.0.0.2'));
  await until(() => lines(folder).some(({ object }) => object?.metadata?.name === 'api-2'), 'api-2');
  assert.equal(lists(), before);
  await watch.stop();
  assert.equal(podFacts(folder).filter(({ name, event }) => name === 'api-2' && event === 'created').length, 1);
  assert.equal(watch.notes.filter((note) => note.startsWith('pods:')).length >= 1, true);
});

test('an error in the watch that is no 410 waits, then lists again', async () => {
  api.put('pods', makePod('api-1'));
  const folder = freshFolder();
  api.fail(
    { kind: 'line', line: '{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}}' },
    podWatch,
  );
  const watch = beginWatch(server, folder);
  await until(
    () => api.asked.filter(({ verb, resource }) => verb === 'list' && resource === 'pods').length >= 2,
    'a list',
  );
  await watching();
  await watch.stop();
  assert.match(watch.notes.join('\n'), /etcd is away/);
  assert.ok(podFacts(folder).some(({ event }) => event === 'seen'));
});

test('pages that expire are asked for again', async () => {
  for (let i = 1; i <= 5; i++) api.put('pods', makePod(`api-${i}`, {}, `10.0.0.${i}`));
  api.fail({ kind: 'status', status: 410 }, ({ query }) => query.has('continue'));
  const folder = freshFolder();
  const watch = beginWatch(server, folder);
  await watching();
  await watch.stop();
  assert.equal(lines(folder)[0].pods.items.length, 5);
});

test('a pod that leaves the selector is not gone', async () => {
  api.put('pods', makePod('api-1'));
  api.put('pods', makePod('api-2', {}, '10.0.0.2'));
  const folder = freshFolder();
  const watch = beginWatch(server, folder, { selector: 'app=api' });
  await watching();
  api.put('pods', makePod('api-1', { labels: { app: 'other' } }));
  api.delete('uid-api-2');
  await until(() => lines(folder).some(({ type }) => type === 'DELETED'), 'a deletion');
  const gone = podFacts(folder).filter(({ event }) => event === 'gone');
  assert.deepEqual(
    gone.map(({ name }) => name),
    ['api-2'],
  );
  await watch.stop();
});

test('nodes are watched when asked for: their taint and their end are read with their times', async () => {
  const node = (more: object) => ({
    metadata: { name: 'ip-10-0-9-9.internal', uid: 'node-9', creationTimestamp: '2026-03-01T08:00:00Z' },
    spec: { providerID: 'aws:///eu-west-1a/i-0123456789abcdef0', podCIDR: '10.1.0.0/24', ...more },
    status: { addresses: [{ type: 'InternalIP', address: '10.0.9.9' }], images: [{ names: ['secret'] }] },
  });
  api.put('nodes', node({}));
  const folder = freshFolder();
  const watch = beginWatch(server, folder, { nodes: true });
  await watching(4);
  api.put('nodes', node({ taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }] }));
  api.delete('node-9');
  await until(() => lines(folder, 'nodes-all').some(({ type }) => type === 'DELETED'), 'a deletion');
  await watch.stop();
  const [file] = filesOf(folder, 'nodes-all');
  assert.doesNotMatch(file!.text, /secret|podCIDR/);
  const { facts, rejected } = read(file!.text, file!.file);
  assert.deepEqual(rejected, []);
  const said = facts.flatMap((fact) => (fact.kind === 'node' ? [`${fact.event} ${fact.instance_id} ${fact.ip}`] : []));
  for (const event of ['seen', 'deregistering', 'gone'])
    assert.ok(said.includes(`${event} i-0123456789abcdef0 10.0.9.9`), event);
});

test('what is not allowed is said at once, with what to allow', async () => {
  api.fail({ kind: 'status', status: 403 }, ({ resource }) => resource === 'endpointslices');
  await assert.rejects(beginWatch(server, freshFolder()).ended, {
    name: 'SourceError',
    message: 'endpointslices: not allowed (as told); allow list and watch of endpointslices in namespace shop',
  });
});

test('a server that cannot be reached is named after a few tries', async () => {
  await api.stop();
  await assert.rejects(beginWatch(server, freshFolder()).ended, {
    message: /^\w+: the API server cannot be reached \(ECONNREFUSED\)$/,
  });
});
