/**
 * Tests `draintrace athena run` against moto, which keeps query states as Athena does, behind a proxy that throttles and fails:
 * a query that succeeds after a while, fails, is cancelled by somebody, is stopped by Ctrl-C, and throttled requests.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type CliResult, check, cli, expectStatus, startCli } from '../cli.ts';
import { until } from '../watch/capture.ts';
import { type Moto, startMoto } from './server.ts';

const REGION = 'eu-central-1';
const signed = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
const FOLDER = `prod/AWSLogs/111122223333/elasticloadbalancing/${REGION}/2026/03/10`;
const KEY = `${FOLDER}/111122223333_elasticloadbalancing_${REGION}_app.web.0123456789abcdef_20260310T1405Z_10.0.0.1_abc123.log.gz`;
const WORDS = ['athena', 'run', 'status-codes', '--bucket', 'my-logs', '--prefix', 'prod', '--account', '111122223333'];
const RUN = [...WORDS, '--region', REGION, '--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T15:00:00Z'];

let moto: Moto;
/** Requests of this action to throttle. */
let throttled = { action: '', times: 0 };
/** Failure reason of the next query; moto's own queries never fail. */
let failure: string | null = null;
const actions: string[] = [];
const env: Record<string, string> = {};

before(async () => {
  moto = await startMoto({
    refuse({ headers }) {
      const action = String(headers['x-amz-target'] ?? '').replace('AmazonAthena.', '');
      actions.push(action);
      if (action === '' || action !== throttled.action || throttled.times <= 0) return null;
      throttled.times--;
      const body = JSON.stringify({ __type: 'TooManyRequestsException', message: 'Rate exceeded' });
      return { status: 400, type: 'application/x-amz-json-1.1', body };
    },
    change({ headers }, answer) {
      if (failure === null || headers['x-amz-target'] !== 'AmazonAthena.GetQueryExecution') return answer;
      const described = JSON.parse(answer) as { QueryExecution: { Status: Record<string, unknown> } };
      Object.assign(described.QueryExecution.Status, { State: 'FAILED', StateChangeReason: failure });
      return JSON.stringify(described);
    },
  });
  Object.assign(env, {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: moto.endpoint,
  });
  const put = async (path: string, body: string | Uint8Array<ArrayBuffer>) => {
    const headers = { authorization: signed('s3') };
    const answer = await fetch(`${moto.origin}${path}`, { method: 'PUT', headers, body });
    assert.equal(answer.status, 200, await answer.text());
  };
  const place = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`;
  await put('/my-logs', place);
  await put('/my-results', place);
  await put(`/my-logs/${KEY}`, new Uint8Array(12_000_000));
});
after(() => moto?.stop());
beforeEach(() => {
  actions.length = 0;
  failure = null;
  throttled = { action: '', times: 0 };
});

const post = async (path: string, body: unknown): Promise<void> => {
  const answer = await fetch(`${moto.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(answer.status < 300, await answer.text());
};

/** How often each state is reported before the next one. */
const linger = (times: number): Promise<void> =>
  post('/moto-api/state-manager/set-transition', {
    model_name: 'athena::execution',
    transition: { progression: 'manual', times },
  });

/** Queues rows for the next query. The first row has the column names, as in Athena. */
const queue = (rows: (string | null)[][]): Promise<void> => {
  const cells = [['elb_status_code', 'seconds', 'first'], ...rows].map((row) => ({
    Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
  }));
  const column = (Name: string, Type: string) => ({ Name, Label: Name, Type });
  return post('/moto-api/static/athena/query-results', {
    account_id: '123456789012',
    region: REGION,
    results: [
      {
        rows: cells,
        column_info: [column('elb_status_code', 'integer'), column('seconds', 'double'), column('first', 'timestamp')],
      },
    ],
  });
};

/** Calls Athena as another user would. */
async function call(action: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(moto.origin, {
    method: 'POST',
    headers: {
      authorization: signed('athena'),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonAthena.${action}`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text) as Record<string, unknown>;
}

const executionOf = (stderr: string): string => /^execution ([\da-f-]{36})$/m.exec(stderr)![1]!;
const stateOf = async (id: string): Promise<unknown> => {
  const { QueryExecution } = await call('GetQueryExecution', { QueryExecutionId: id });
  return (QueryExecution as { Status: { State: unknown } }).Status.State;
};

function expectSentence(result: CliResult, says: RegExp): void {
  check(expectStatus(result, 3), ({ stderr, stdout }) => {
    assert.equal(stdout, '');
    assert.match(stderr.trimEnd().split('\n').at(-1)!, says);
  });
}

test('a query that waits and runs for a while gives its rows, and the statement is the one that was planned', async () => {
  await linger(2);
  await queue([
    ['200', '0.5', '2026-03-10 14:00:00.000001'],
    ['504', null, '2026-03-10 14:01:00.000'],
  ]);
  const run = await cli([...RUN, '--format', 'json', '--output', 's3://my-results/x'], { env });
  check(expectStatus(run, 0), ({ stdout, stderr }) => {
    assert.deepEqual(JSON.parse(stdout), [
      { elb_status_code: 200, seconds: 0.5, first: '2026-03-10T14:00:00.000001Z' },
      { elb_status_code: 504, seconds: null, first: '2026-03-10T14:01:00.000000Z' },
    ]);
    assert.match(stderr, /^estimate: 1 object in 2 day folders, 12\.0 MB, read once: up to \$0\.00006 /m);
  });
  assert.ok(actions.filter((action) => action === 'GetQueryExecution').length >= 4);
  const { QueryExecution } = await call('GetQueryExecution', { QueryExecutionId: executionOf(run.stderr) });
  const told = QueryExecution as { Query: string; QueryExecutionContext: unknown };
  assert.deepEqual(told.QueryExecutionContext, { Database: 'draintrace' });
  assert.match(told.Query, /day >= '2026\/03\/10' and /);
});

test('a query that failed', async () => {
  await linger(1);
  failure = 'Query exhausted resources at this scale factor';
  expectSentence(await cli(RUN, { env }), /^draintrace: the query failed on Athena \(Query exhausted resources/);
});

test('a query that somebody cancels', async () => {
  await linger(100_000);
  const { child, done } = startCli(RUN, { env });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await until(() => /^execution .{36}$/m.test(stderr), 'a query to cancel', 30_000);
  await call('StopQueryExecution', { QueryExecutionId: executionOf(stderr) });
  expectSentence(await done, /^draintrace: Athena cancelled the query /);
});

test('Ctrl-C stops it on Athena', async () => {
  await linger(100_000);
  const { child, done } = startCli(RUN, { env });
  await until(() => actions.filter((action) => action === 'GetQueryExecution').length >= 2, 'a wait', 30_000);
  child.kill('SIGINT');
  const run = expectStatus(await done, 130);
  assert.equal(await stateOf(executionOf(run.stderr)), 'CANCELLED');
});

test('throttled requests: some, and without end', async () => {
  await linger(1);
  await queue([['200', '1.0', null]]);
  throttled = { action: 'StartQueryExecution', times: 3 };
  assert.match(expectStatus(await cli([...RUN, '--format', 'csv'], { env }), 0).stdout, /\n200,1,\n$/);
  assert.equal(actions.filter((action) => action === 'StartQueryExecution').length, 4);
  throttled = { action: 'GetQueryExecution', times: 1000 };
  expectSentence(await cli(RUN, { env }), /^draintrace: GetQueryExecution: Athena still asks to slow down/);
});

test('a workgroup that is not there', async () => {
  const run = await cli([...RUN, '--workgroup', 'nobody'], { env });
  check(expectStatus(run, 2), ({ stderr }) => assert.match(stderr, /Athena refused it \(.*\); check --workgroup/));
});
