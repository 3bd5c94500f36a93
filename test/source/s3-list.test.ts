import assert from 'node:assert/strict';
import test, { afterEach, before, beforeEach } from 'node:test';
import { ask, listAll, logKey, micros } from '../s3/ask.ts';
import { isList } from '../s3/fault.ts';
import { etagOf, StandIn } from '../s3/stand-in.ts';

let server: StandIn;
let at: { endpoint: string; env: Record<string, string> };

beforeEach(async () => {
  server = new StandIn();
  at = { endpoint: await server.start(), env: server.env() };
});
afterEach(() => server.stop());
before(() => {
  // The machine's own configuration must not affect the test.
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
});

const WINDOW = { from: micros('2026-11-23T22:00:00Z'), to: micros('2026-11-24T00:00:00Z') };
const listed = () => server.arrived.filter(isList).map(({ query }) => query.get('prefix'));

test('only the days of the window are listed, and of these only what is asked for is picked', async () => {
  const picked = [
    logKey('prod/', '2026-11-23T22:05'),
    logKey('prod/', '2026-11-24T00:00', { delivered: '2026-11-24' }),
    logKey('prod/', '2026-11-23T23:00', { region: 'us-east-1' }),
    logKey('prod/', '2026-11-23T23:00', { account: '444455556666' }),
  ];
  const others = [
    logKey('prod/', '2026-11-22T22:05'),
    logKey('prod/', '2026-11-23T20:05'),
    logKey('prod/', '2026-11-25T22:05'),
    logKey('prod/', '2026-11-23T22:05', { kind: 'conn_log_' }),
    logKey('prod/', '2026-11-23T22:05', { lb: 'net.other.0123456789abcdef' }),
    'prod/AWSLogs/111122223333/ELBAccessLogTestFile',
    'prod/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/23/x.json.gz',
  ];
  for (const key of [...others, ...picked]) server.put('logs', key, key);
  const { objects, skipped, failed } = await listAll(
    ask('s3://logs/prod/AWSLogs/', at, { window: WINDOW, logs: ['access'] }),
  );
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    picked.map((key) => `s3://logs/${key}`).sort(),
  );
  assert.deepEqual(skipped, { 'outside the window': 1, 'connection log': 1, 'NLB log': 1 });
  assert.deepEqual(failed, []);
  const days = [
    '111122223333/elasticloadbalancing/eu-west-1',
    '111122223333/elasticloadbalancing/us-east-1',
    '444455556666/elasticloadbalancing/eu-west-1',
  ];
  assert.deepEqual(
    listed().filter((prefix) => /\/2026\//.test(prefix!)),
    days.flatMap((folder) => ['23', '24'].map((day) => `prod/AWSLogs/${folder}/2026/11/${day}/`)),
  );
  const first = objects[0]!;
  const body = Buffer.from(picked[0]!);
  assert.deepEqual(
    [first.etag, first.size, first.modified],
    [etagOf(body), body.length, micros('2026-01-01T00:00:00Z')],
  );
  assert.equal(first.name, picked[0]!.split('/').at(-1));
});

test('from the root of a bucket, trees are found beside evidence, which is all kept', async () => {
  const keys = [
    ...Array.from({ length: 5 }, (_, minute) => logKey('', `2026-11-23T23:0${minute}`)),
    ...Array.from({ length: 5 }, (_, minute) => logKey('', `2026-10-23T23:0${minute}`)),
    logKey('alb-b/team/', '2026-11-23T22:05'),
    'alb-b/notes.txt',
    'evidence/pods.json',
    'evidence/tg/a@2026-11-23T22:00:00Z.json',
    'evidence/',
    'zz',
  ];
  for (const key of keys) server.put('logs', key, 'x');
  server.pageLimit = 2;
  const { objects, skipped } = await listAll(ask('s3://logs', at, { window: WINDOW }));
  const expected = keys
    .filter((key) => !key.includes('/2026/10/') && key !== 'evidence/')
    .map((key) => `s3://logs/${key}`);
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    expected.sort(),
  );
  assert.deepEqual(skipped, { 'folder marker': 1 });
});

test('keys of any characters come back as they are, in the order of their bytes', async () => {
  const keys = ['a b+c%20&<>"\'', 'e\u0301', '\uFF5E', '\u{1F600}', 'tab\tnew\nline', 'x=y?z#', '~', '\\', 'ü/ö'].map(
    (key) => `in/${key}`,
  );
  for (const key of keys) server.put('odd', key, key);
  const source = ask('s3://odd/in/', at);
  const { objects } = await listAll(source);
  const sorted = keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    sorted.map((key) => `s3://odd/${key}`),
  );
});

test('pages are followed, one call for each 1,000 keys', async () => {
  for (let number = 0; number < 2500; number++) server.put('many', `k/${String(number).padStart(5, '0')}`, '');
  const { objects } = await listAll(ask('s3://many/k/', at));
  assert.equal(objects.length, 2500);
  assert.equal(server.arrived.length, 4, 'three pages and one look at the first key');
});

test('without a slash at its end a url is the object of that name, else the folder', async () => {
  for (const key of ['run', 'run-2', 'run/a', 'logs/x', 'logs-old/y']) server.put('b', key, 'x');
  const uris = async (url: string) => (await listAll(ask(url, at))).objects.map(({ uri }) => uri);
  assert.deepEqual(await uris('s3://b/run'), ['s3://b/run']);
  assert.deepEqual(await uris('s3://b/run/'), ['s3://b/run/a']);
  assert.deepEqual(await uris('s3://b/logs'), ['s3://b/logs/x']);
});

test('what cannot give anything is told, and an empty window is not', async () => {
  server.put('logs', logKey('', '2026-10-01T00:05'), 'x');
  const asked = (url: string, selection = {}) => listAll(ask(url, at, selection));
  await assert.rejects(asked('s3://logs/nothing/here'), {
    message: 's3://logs/nothing/here/ holds no objects; check the bucket and the prefix',
    fatal: true,
  });
  const region = 's3://logs/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/';
  await assert.rejects(
    asked(region, { regions: ['us-east-1'] }),
    /is outside the range of --account, --region, --from and --to/,
  );
  await assert.rejects(
    asked('s3://logs/AWSLogs/', { accounts: ['999999999999'], window: WINDOW }),
    /has no load balancer logs for --account and --region/,
  );
  const quiet = { objects: [], skipped: { 'outside the window': 1 }, failed: [] };
  assert.deepEqual(await asked('s3://logs/AWSLogs/', { window: WINDOW }), quiet);
  const here = { window: WINDOW, accounts: ['111122223333'], regions: ['eu-west-1'] };
  assert.deepEqual(await asked('s3://logs/AWSLogs/', here), quiet);
});

test('a load balancer without logs in the window is told from one that never had any, by a bounded search', async () => {
  const outside = async (lb: string, window = WINDOW) => {
    server.arrived.length = 0;
    const { objects, skipped } = await listAll(ask('s3://logs/', at, { window, loadBalancers: [lb] }));
    assert.deepEqual(objects, []);
    return skipped['outside the window'] ?? 0;
  };
  const busy = (day: string, minute: number) =>
    logKey('', `${day}T10:${10 + (minute % 50)}`, { lb: 'app.busy.1', ip: `${minute}` });
  for (let minute = 0; minute < 50; minute++) server.put('logs', busy('2026-11-23', minute), 'x');
  server.put('logs', logKey('', '2026-11-20T10:05', { lb: 'app.young.2' }), 'x');
  server.put('logs', logKey('', '2026-03-01T10:05', { lb: 'app.old.3' }), 'x');
  assert.deepEqual([await outside('young'), await outside('old'), await outside('yuong')], [1, 1, 0]);
  // A crowded day is one group of names.
  for (let number = 0; number < 12_000; number++) server.put('logs', busy('2026-02-01', number), 'x');
  assert.deepEqual([await outside('young'), await outside('old')], [1, 1]);
  // A search without end would cost more than the load.
  for (let day = 1; day < 28; day++) server.put('logs', busy(`2026-02-${String(day).padStart(2, '0')}`, 0), 'x');
  assert.deepEqual([await outside('young'), await outside('old')], [1, 0]);
  assert.ok(server.arrived.length < 40, `${server.arrived.length} requests`);
});

test('a listing that does not advance ends with an error', { timeout: 10_000 }, async () => {
  for (const key of ['a', 'b', 'c']) server.put('b', `x/${key}`, '');
  server.faults.add({ kind: 'endless' }, (asked) => asked.query.get('max-keys') !== '1');
  await assert.rejects(listAll(ask('s3://b/x/', at)), {
    message: /^Listing s3:\/\/b\/x\/ does not advance \(it comes back to "x\/a"\); the server's paging is broken$/,
    fatal: true,
  });
  assert.ok(server.arrived.length <= 4);
});

test('a throttled listing is tried again; one that stays so fails alone', async () => {
  server.put('b', logKey('', '2026-11-23T23:00'), 'x');
  server.put('b', logKey('', '2026-11-23T23:00', { region: 'us-east-1' }), 'x');
  server.faults.add({ kind: 'error', status: 503, code: 'SlowDown' }, isList, 4);
  assert.equal((await listAll(ask('s3://b/AWSLogs/', at))).objects.length, 2);

  server.faults.clear();
  server.faults.add({ kind: 'error', status: 503, code: 'SlowDown' }, (asked) =>
    /us-east-1\/$/.test(asked.query.get('prefix') ?? ''),
  );
  const { objects, failed } = await listAll(ask('s3://b/AWSLogs/', at));
  assert.equal(objects.length, 1);
  assert.equal(server.faults.struck, 5);
  assert.match(
    failed[0]!.message,
    /^Listing s3:\/\/b\/AWSLogs\/.*us-east-1\/: the server keeps asking to slow down \(SlowDown\); run again later$/,
  );
});

test('a part that may not be listed fails alone, the place itself ends the run', async () => {
  server.put('b', logKey('', '2026-11-23T23:00'), 'x');
  server.put('b', logKey('', '2026-11-23T23:00', { account: '444455556666' }), 'x');
  const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  server.faults.add(denied, (asked) => asked.query.get('prefix')!.includes('1111'));
  const { objects, failed } = await listAll(ask('s3://b/AWSLogs/', at));
  assert.deepEqual([objects.length, failed.length], [1, 1]);
  assert.match(failed[0]!.message, /access denied \(AccessDenied\); allow s3:ListBucket/);
  server.faults.add(denied, isList);
  await assert.rejects(listAll(ask('s3://b/AWSLogs/', at)), { fatal: true, message: /access denied/ });
});

test('a bucket of another region is asked there, however the server tells it', async () => {
  server.region = 'eu-central-1';
  server.put('b', 'x/a', 'x');
  for (const way of ['malformed', 'permanent'] as const) {
    server.redirects = way;
    const notes: string[] = [];
    const source = ask('s3://b/x/', { ...at, env: { ...at.env, AWS_REGION: 'us-west-2' } }, {}, {}, (note) =>
      notes.push(note),
    );
    assert.equal((await listAll(source)).objects.length, 1);
    assert.deepEqual(notes, ['Bucket b is in region eu-central-1, not us-west-2; sending requests there.']);
  }
  server.redirects = 'mute';
  await assert.rejects(listAll(ask('s3://b/x/', at)), {
    fatal: true,
    message: /^Bucket b is in another region than the request .*set AWS_REGION/,
  });
});

test('Ctrl-C ends a listing with the reason of the signal', async () => {
  for (const key of ['a', 'b', 'c']) server.put('b', `x/${key}`, '');
  server.faults.add({ kind: 'stall', after: 0 });
  const signal = AbortSignal.timeout(100);
  await assert.rejects(listAll(ask('s3://b/x/', at, {}, { idleMs: 20_000 }), signal), { name: 'TimeoutError' });
});
