/** Tests names, passwords and tokens in urls: no command prints or stores them. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { redacted, redactedUrl } from '../../src/evidence/redact.ts';
import { type CliResult, check, cli, freshFolder } from '../cli.ts';
import { rowsOf } from '../load/database.ts';
import { logText } from '../load/log.ts';

const SECRET = /hunter|S3CR3T/;

const cases: [url: string, shown: string][] = [
  ['http://u:hunter2@h:9/?t=S3CR3T', 'http://***@h:9/?t=***'],
  ['https://hunter2@h/a?x=S3CR3T&y&z=#S3CR3T', 'https://***@h/a?x=***&***&z=***#***'],
  ['prometheus+https://u:hunter2@h:9090/p', 'prometheus+https://***@h:9090/p'],
  [
    'prometheus+http://h:9090?from=2026-01-01T00:00:00Z&to=2026-01-02&token=S3CR3T',
    'prometheus+http://h:9090?from=2026-01-01T00:00:00Z&to=2026-01-02&token=***',
  ],
  ['s3://AKIA1:hun/ter/2@bucket/x', 's3://***@bucket/x'],
  ['s3://user:hunter2@bucket', 's3://***@bucket'],
  ['s3://bucket/a?X-Amz-Signature=S3CR3T&versionId=1', 's3://bucket/a?X-Amz-Signature=***&versionId=1'],
  ['http://u:p@ss:hunter2@h/x@y', 'http://***@h/x@y'],
  ['http://u:hun/ter@h/', 'http://***@h/'],
  ['s3://bucket/year=2026/x@y#z?q=1', 's3://bucket/year=2026/x@y#z?q=1'],
  ['file:///tmp/a@b?x', 'file:///tmp/a@b?x'],
  ['/tmp/u:p@x', '/tmp/u:p@x'],
];

test('secrets of a url are hidden, and nothing else of it', () => {
  for (const [url, shown] of cases) assert.equal(redactedUrl(url), shown);
  assert.equal(
    redacted('see "http://a:hunter2@h/?x=S3CR3T"; and (s3://b/k) too.'),
    'see "http://***@h/?x=***"; and (s3://b/k) too.',
  );
  const word = fc.stringMatching(/^[A-Za-z0-9%_~+-]{4,12}$/);
  fc.assert(
    fc.property(word, word, word, (user, password, value) => {
      const url = `https://${user}:${password}@host.example/path?first=${value}`;
      assert.equal(redactedUrl(url), 'https://***@host.example/path?first=***');
      assert.equal(
        redacted(`cannot reach ${url}, sorry`),
        'cannot reach https://***@host.example/path?first=***, sorry',
      );
    }),
  );
});

const silent = (run: CliResult): CliResult =>
  check(run, ({ stdout, stderr }) => {
    assert.doesNotMatch(stdout, SECRET);
    assert.doesNotMatch(stderr, SECRET);
    assert.doesNotMatch(stderr, /this is a bug/);
  });

test('no command prints the secrets of a url that it is given', async () => {
  const cwd = freshFolder();
  const s3 = {
    AWS_ENDPOINT_URL: 'http://u:hunter2@127.0.0.1:9/?t=S3CR3T',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'hunter3',
  };
  const window = ['--from', '-1h', '--to', 'now'];
  const runs: [words: string[], env?: Record<string, string>][] = [
    [['load', 'prometheus+https://u:hunter2@h:9090', ...window]],
    [['load', 'prometheus+https://h:9090/?token=S3CR3T', ...window]],
    [['load', 'prometheus+http://h:9090/?token=S3CR3T']],
    [['load', 's3://user:hunter2@bucket', '--from', '-1h']],
    [['load', 's3://AKIA:hun/hunter2@bucket/x']],
    [['load', 'https://u:hunter2@h/x?token=S3CR3T', '--from', '-1h']],
    [['load', 's3://b/x'], s3],
    [['load', 's3://b/x', '--endpoint-url', 'ftp://u:hunter2@h']],
    [['doctor', 's3://b/x', '--region', 'eu-west-1'], s3],
    [['doctor', 'prometheus+http://u:hunter2@127.0.0.1:9', 'prometheus+http://u:hun/hunter2@h']],
    [['probe', 'ftp://u:hunter2@h/?x=S3CR3T']],
    [['probe', 'http://u:hun/hunter2@h/?x=S3CR3T']],
    [['nightly', '--sources', 'https://u:hunter2@h/x?token=S3CR3T']],
    [['check', '--max', 'draining_target=0', '--load', 's3://user:hunter2@bucket']],
    [['athena', 'pull', '--bucket', 'logs', '--account', '111122223333', '--region', 'eu-west-1', '--from', '-1h'], s3],
    [['export', '--to', 's3://u:hunter2@bucket/x']],
  ];
  for (const [words, env] of runs) {
    const run = silent(await cli([...words, '--db', join(cwd, 'x.duckdb')], { cwd, env }));
    if (words[0] !== 'doctor') assert.notEqual(run.status, 0, run.stderr);
  }
  const kept = await rowsOf(join(cwd, 'x.duckdb'), 'select key, value from draintrace');
  assert.doesNotMatch(JSON.stringify(kept), SECRET);
});

test('a probe writes no secret of its url, though it sends them, and a load stores none', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const cwd = freshFolder();
  silent(
    await cli(
      ['probe', `http://u:hunter2@127.0.0.1:${port}/h?t=S3CR3T`, '--for', '1s', '--rate', '3', '--out', 'out'],
      { cwd },
    ),
  );
  assert.ok(asked.length > 0);
  for (const one of asked) assert.equal(one, `Basic ${Buffer.from('u:hunter2').toString('base64')} /h?t=S3CR3T`);
  const files = readdirSync(join(cwd, 'out'));
  for (const name of files) {
    const bytes = readFileSync(join(cwd, 'out', name));
    assert.doesNotMatch((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString(), SECRET);
  }
  // As an earlier version wrote it.
  mkdirSync(join(cwd, 'old'));
  const times = { startedAt: '2026-02-01T10:00:00.000000Z', endedAt: '2026-02-01T10:00:00.100000Z' };
  const probe = { ...times, traceId: 'Root=1-6981f100-0123456789abcdef01234567', url: 'http://u:hunter2@h/?t=S3CR3T' };
  writeFileSync(
    join(cwd, 'old', 'probe.json'),
    `${JSON.stringify({ probe: { ...probe, connection: 'new', status: 200, error: null } })}\n`,
  );
  silent(await cli(['load', 'out', 'old', '--db', 'x.duckdb'], { cwd }));
  const rows = await rowsOf(join(cwd, 'x.duckdb'), 'select distinct url from probe_result order by url');
  assert.deepEqual(rows, [{ url: `http://***@127.0.0.1:${port}/h?t=***` }, { url: 'http://***@h/?t=***' }]);
});

test('a report hides the query strings of requests; the rows keep them', async () => {
  const cwd = freshFolder();
  const text = logText({ rows: 60, seed: 3, start: Date.UTC(2026, 1, 1), failEvery: 5 });
  writeFileSync(join(cwd, 'a.log'), text.replace(/("GET [^ ?"]+)(?:\?[^ "]*)?/g, '$1?t=S3CR3T'));
  silent(await cli(['load', 'a.log', '--db', 'x.duckdb'], { cwd }));
  for (const format of ['html', 'markdown', 'json', 'text']) {
    const run = silent(await cli(['report', '--format', format, '--db', 'x.duckdb'], { cwd }));
    assert.equal(run.status, 0, run.stderr);
  }
  const page = await cli(['report', '--format', 'json', '--db', 'x.duckdb'], { cwd });
  assert.match(page.stdout, /\?t=\*\*\*/);
  const [row] = await rowsOf(
    join(cwd, 'x.duckdb'),
    "select count(*) as n from alb_log where request_url like '%t=S3CR3T'",
  );
  assert.ok(Number(row!.n) > 0);
});
