/** Tests the errors that stop a run: each is one sentence with the thing, what was wrong and what to do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, beforeEach } from 'node:test';
import { promisify } from 'node:util';
import { ask, listAll } from '../s3/ask.ts';
import { StandIn } from '../s3/stand-in.ts';

const server = new StandIn();
const homes: string[] = [];
let at: { endpoint: string; env: Record<string, string> };

before(async () => {
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
  at = { endpoint: await server.start(), env: server.env() };
  server.put('b', 'x/a', 'x');
});
beforeEach(() => server.faults.clear());
after(async () => {
  await server.stop();
  for (const home of homes) rmSync(home, { recursive: true });
});

async function refusal(url: string, env: Record<string, string> = at.env, endpoint = at.endpoint): Promise<string> {
  try {
    await listAll(ask(url, { endpoint, env }, {}, { idleMs: 5000 }));
  } catch (error) {
    assert.equal((error as Error).name, 'SourceError', String((error as Error).stack));
    assert.equal((error as { fatal: boolean }).fatal, true);
    assert.doesNotMatch((error as Error).message, /\n/);
    return (error as Error).message;
  }
  throw new Error('it was listed');
}

test('a bucket that does not exist', async () => {
  assert.equal(
    await refusal('s3://missing/x/'),
    `Bucket missing does not exist at ${at.endpoint}; check the name in the s3:// url`,
  );
});

test('a key id that the server does not know, and a wrong secret', async () => {
  assert.match(
    await refusal('s3://b/', { ...at.env, AWS_ACCESS_KEY_ID: 'AKIAWRONG' }),
    /does not know the AWS access key id; check AWS_PROFILE or AWS_ACCESS_KEY_ID$/,
  );
  assert.match(
    await refusal('s3://b/', { ...at.env, AWS_SECRET_ACCESS_KEY: 'wrong' }),
    /rejects the signature of the request; check AWS_SECRET_ACCESS_KEY/,
  );
});

test('an expired token, a skewed clock', async () => {
  server.faults.add({ kind: 'error', status: 400, code: 'ExpiredToken' });
  assert.equal(
    await refusal('s3://b/'),
    'The AWS credentials for bucket b have expired (ExpiredToken); renew them and run again',
  );
  assert.equal(server.faults.struck, 1, 'trying again is no use');
  server.faults.clear();
  server.faults.add({ kind: 'error', status: 403, code: 'RequestTimeTooSkewed' });
  assert.match(
    await refusal('s3://b/'),
    /rejects the time of this machine \(20.*Z, RequestTimeTooSkewed\); set its clock$/,
  );
});

test('a clock that is off is made good by the time that the server tells', async () => {
  server.faults.add(
    { kind: 'error', status: 403, code: 'RequestTimeTooSkewed', headers: { date: new Date().toUTCString() } },
    () => true,
    1,
  );
  assert.equal((await listAll(ask('s3://b/', at))).objects.length, 1);
});

test('nothing listens, no such host, no S3 but a web page', async () => {
  assert.equal(
    await refusal('s3://b/', at.env, 'http://127.0.0.1:1'),
    'http://127.0.0.1:1 cannot be reached (ECONNREFUSED); check the network, the region and --endpoint-url',
  );
  assert.match(
    await refusal('s3://b/', at.env, 'http://nowhere.invalid'),
    /^http:\/\/nowhere\.invalid cannot be reached \((?:ENOTFOUND|EAI_AGAIN)\)/,
  );
  assert.match(
    await refusal('s3://b/', at.env, 'no url'),
    /^no url is no url of an S3 server; write --endpoint-url as https:\/\/host$/,
  );
  for (const kind of ['html', 'xhtml'] as const) {
    server.faults.clear();
    server.faults.add({ kind });
    const where = '127\\.0\\.0\\.1:\\d+';
    assert.match(await refusal('s3://b/'), new RegExp(`${where} does not answer as S3 does; check --endpoint-url`));
  }
});

/** The default chain reads credentials from the process's own environment, so this test changes it. */
async function inProcess(env: Record<string, string>): Promise<{ said: string; ms: number }> {
  const home = mkdtempSync(join(tmpdir(), 'draintrace-home-'));
  const script = `
    import { openSource } from './src/source/open.ts';
    const source = openSource('s3://b/x/', { window: null, accounts: [], regions: [], loadBalancers: [], logs: [], stdin: process.stdin, now: () => 0, endpointUrl: process.env.ENDPOINT || undefined, profile: process.env.PROFILE });
    try {
      let count = 0;
      for await (const one of source.list(new AbortController().signal)) count++;
      console.log(count + ' listed');
    } catch (error) { console.log(error.fatal + ' ' + error.message); }
  `;
  homes.push(home);
  const started = Date.now();
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    {
      env: { PATH: process.env.PATH, HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ENDPOINT: at.endpoint, ...env },
    },
  );
  assert.equal(stderr, '');
  return { said: stdout.trim(), ms: Date.now() - started };
}

test('no credentials at all fails fast, and says how to give some', async () => {
  const { said, ms } = await inProcess({});
  assert.match(
    said,
    /^true No AWS credentials for bucket b \(.*\); set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login"$/,
  );
  assert.ok(ms < 10_000, `${ms} ms`);
});

test('a profile that does not exist is named', async () => {
  assert.match(
    (await inProcess({ PROFILE: 'nosuch' })).said,
    /^true No AWS profile nosuch in .*config or .*credentials; check --profile or AWS_PROFILE$/,
  );
});

test('the environment gives credentials, region and endpoint as to the AWS command line', async () => {
  // The endpoint comes from the environment here, not from a flag.
  const env: Record<string, string> = { ...at.env, ENDPOINT: '', AWS_ENDPOINT_URL_S3: at.endpoint };
  const { AWS_REGION: _, ...noRegion } = env;
  assert.equal((await inProcess(env)).said, '1 listed');
  assert.equal((await inProcess({ ...noRegion, AWS_DEFAULT_REGION: 'us-east-1' })).said, '1 listed');
  assert.equal((await inProcess(noRegion)).said, '1 listed');
  assert.equal(
    (await inProcess({ ...env, AWS_PROFILE: 'nosuch' })).said,
    '1 listed',
    'keys come before a profile of the environment',
  );
});
