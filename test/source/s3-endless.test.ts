/** Servers with endless answers: the program gives up after few requests and little memory, with one sentence. */
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { afterEach, before } from 'node:test';
import { PATIENCE } from '../../src/source/retry.ts';
import { S3Bucket } from '../../src/source/s3-bucket.ts';
import { listPlace } from '../../src/source/s3-list.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { ask, EVERYTHING, listAll, logKey, micros } from '../s3/ask.ts';
import { isGet } from '../s3/fault.ts';
import { StandIn } from '../s3/stand-in.ts';

const ENV = { AWS_ACCESS_KEY_ID: 'AKIANOBODY', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'us-east-1' };
const TREE_KEY = logKey('', '2026-11-23T22:05');
const WINDOW = { from: micros('2026-11-23T22:00:00Z'), to: micros('2026-11-24T00:00:00Z') };

let server: Server | null = null;
let asked = 0;

before(() => {
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(null)));
  server = null;
});

type Pages = (query: URLSearchParams, response: ServerResponse) => string | null;

/** Starts a server whose listings come from `pages`. If `pages` returns null, it has answered itself. */
async function serve(pages: Pages): Promise<{ endpoint: string; env: Record<string, string> }> {
  asked = 0;
  server = createServer((request, response) => {
    asked++;
    const { searchParams } = new URL(request.url!, 'http://s3');
    const page = pages(searchParams, response);
    if (page === null) return;
    response.setHeader('content-type', 'application/xml');
    response.end(`<ListBucketResult><Name>deaf</Name><EncodingType>url</EncodingType>${page}</ListBucketResult>`);
  });
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, env: ENV };
}

const entry = (key: string): string =>
  `<Contents><Key>${encodeURIComponent(key)}</Key><ETag>"a"</ETag><Size>1</Size></Contents>`;
const more = (token: string): string =>
  `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;

const refused = async (pages: Pages, selection = {}): Promise<string> => {
  const at = await serve(pages);
  const error = await listAll(ask('s3://deaf/', at, selection)).then(
    () => assert.fail('it was listed'),
    (caught: Error & { fatal: boolean }) => caught,
  );
  assert.equal(error.name, 'SourceError', error.stack);
  assert.equal(error.fatal, true);
  return error.message;
};

test('a server that passes over what it is asked is asked a few times', { timeout: 30_000 }, async () => {
  const cases: [what: string, pages: Pages, says: RegExp, selection?: object][] = [
    [
      'start-after, with a tree of logs',
      (query) => (query.get('delimiter') ? '' : entry(TREE_KEY)),
      /does not advance \(it comes back to "AWSLogs\/1/,
    ],
    [
      'start-after, in a window of a year',
      (query) => (query.get('delimiter') ? '' : entry(logKey('', '2025-01-01T00:00'))),
      /does not advance \(it comes back to/,
      {
        window: { from: micros('2026-01-01T00:00:00Z'), to: null },
        accounts: ['111122223333'],
        regions: ['eu-west-1'],
      },
    ],
    ['the token', () => entry('a') + entry('b') + more(String(asked)), /does not advance \(it comes back to "a"\)/],
    [
      'the prefix',
      () => entry('other/key'),
      /does not advance \(it leads to "other\/key"\)/,
      { accounts: ['111122223333'], window: WINDOW },
    ],
    ['the delimiter', () => entry(TREE_KEY), /it has no folders, though the request asked for them/],
    ['the end', () => more(String(asked)), /does not advance \(101 pages held no key\)/],
    ['the length of keys', () => entry('k'.repeat(5000)), /does not advance \(a key has 5000 characters\)/],
  ];
  for (const [what, pages, says, selection] of cases) {
    const url = what === 'the prefix' || what.includes('year') ? 's3://deaf/AWSLogs/' : 's3://deaf/';
    const at = await serve(pages);
    await assert.rejects(listAll(ask(url, at, selection ?? {})), (error: Error & { fatal: boolean }) => {
      assert.equal(error.name, 'SourceError', `${what}: ${error.stack}`);
      assert.match(error.message, says, what);
      assert.match(error.message, /^[^\n]{1,400}$/);
      return error.fatal;
    });
    assert.ok(asked <= 110, `${what}: ${asked} requests`);
    server!.closeAllConnections();
    server!.close();
  }
});

test('keys that go on for ever end at a limit', { timeout: 30_000 }, async () => {
  let key = 0;
  const at = await serve(
    () =>
      Array.from({ length: 1000 }, () => entry(`k/${String(++key).padStart(12, '0')}`)).join('') + more(String(key)),
  );
  const access = { endpointUrl: at.endpoint, region: null, profile: null, env: at.env };
  const bucket = new S3Bucket('deaf', access, PATIENCE, () => {});
  const listing = listPlace(bucket, { bucket: 'deaf', prefix: '' }, EVERYTHING, new AbortController().signal, {
    taken: 5000,
    characters: 1e9,
    seen: 9000,
  });
  let listed = 0;
  await assert.rejects(
    async () => {
      for await (const _ of listing) listed++;
    },
    {
      name: 'SourceError',
      fatal: true,
      message:
        /^Listing s3:\/\/deaf\/ has no end \(5,001 keys, 5,001 of them to be loaded so far\); give a longer prefix, or a shorter --from and --to/,
    },
  );
  assert.deepEqual([listed, asked], [5000, 7]);
  // Long keys take as much memory as many do.
  const few = { taken: 1e9, characters: 14 * 1500, seen: 1e9 };
  const long = listPlace(bucket, { bucket: 'deaf', prefix: '' }, EVERYTHING, new AbortController().signal, few);
  await assert.rejects(
    async () => {
      for await (const _ of long);
    },
    { message: /^Listing s3:\/\/deaf\/ has no end \(1,501 keys, 1,501 of them to be loaded so far\)/ },
  );
  await bucket.close();
});

test('one page that goes on for ever ends at a limit', { timeout: 60_000 }, async () => {
  const says = await refused((_query, response) => {
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.write('<ListBucketResult><Name>deaf</Name>');
    const block = entry('k'.repeat(900)).repeat(100);
    const write = (): void => {
      if (response.destroyed) return;
      if (response.write(block)) setImmediate(write);
      else response.once('drain', write);
    };
    write();
    return null;
  });
  assert.match(says, /does not answer as S3 does/);
  assert.ok(asked <= 5, `${asked} requests`);
});

test('a body that comes byte by byte is given up, and one that is merely slow is not', {
  timeout: 30_000,
}, async (t) => {
  const s3 = new StandIn();
  const at = { endpoint: await s3.start(), env: s3.env() };
  t.after(() => s3.stop());
  s3.put('b', 'x/slow', Buffer.alloc(60, 1));
  const folder = freshFolder();
  const source = ask('s3://b/x/', at, {}, { tries: 2, idleMs: 500 });
  const [object] = (await listAll(source)).objects;
  s3.faults.add({ kind: 'trickle', everyMs: 20 }, isGet);
  const began = Date.now();
  await assert.rejects(source.fetch(object!, folder, new AbortController().signal), {
    fatal: false,
    message: /^s3:\/\/b\/x\/slow: the server stopped sending \(\d+ bytes in 0\.5 s\); run again$/,
  });
  assert.ok(Date.now() - began < 4000, 'two tries of half a second');
  s3.faults.clear();
  // 60 bytes, one each ms, arrive before the rate is measured.
  s3.faults.add({ kind: 'trickle', everyMs: 0 }, isGet);
  const { path } = await source.fetch(object!, folder, new AbortController().signal);
  assert.ok(path.startsWith(folder));
});

test('a key that the server has no bucket for fails alone', async (t) => {
  const s3 = new StandIn();
  const endpoint = await s3.start();
  t.after(() => s3.stop());
  const line =
    'http 2026-03-10T14:00:00.000000Z app/shop/1 203.0.113.9:1 10.0.0.9:80 0 0 0 200 200 1 1 "GET http://a:80/ HTTP/1.1" "x" - - arn "-" "-" "-" 0 2026-03-10T14:00:00.000000Z "forward" "-" "-" "10.0.0.9:80" "200" "-" "-"\n';
  for (const name of ['a.log', 'odd.log', 'd.log']) s3.put('logs', `p/${name}`, line);
  for (const code of ['NoSuchBucket', 'SignatureDoesNotMatch']) {
    s3.faults.clear();
    s3.faults.add({ kind: 'error', status: code === 'NoSuchBucket' ? 404 : 403, code }, ({ key }) =>
      key.includes('odd'),
    );
    const env = { ...s3.env(), AWS_ENDPOINT_URL: endpoint };
    const run = expectStatus(await cli(['load', 's3://logs/p/', '--db', 'x.duckdb'], { env }), 4);
    assert.match(run.stderr, /^loaded 2 objects of ALB access log/m);
    assert.match(
      run.stderr,
      new RegExp(`s3://logs/p/odd\\.log: the server answers ${code}, though it listed this key`),
    );
  }
});
