/** Tests failures on Athena: queries that fail, are cancelled, throttled or refused, and Ctrl-C. One sentence each. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { check, cli, expectStatus, freshFolder, startCli } from '../cli.ts';
import { draintrace } from '../command/world.ts';
import { until } from '../watch/capture.ts';
import { athena, env, expectRefusal, NOW, PLACE, run, useWorld, WINDOW } from './world.ts';

useWorld();

test('a query that fails is told with its reason: a wrong statement is exit 2, all else 3', async () => {
  const cases: [string, number, RegExp][] = [
    [
      "line 3:5: Column 'x' cannot be resolved",
      2,
      /failed on Athena \(line 3:5: Column 'x' cannot be resolved\), execution .*; correct the statement/,
    ],
    [
      "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.draintrace.raw_alb_log' does not exist",
      3,
      /run the statements of draintrace athena ddl first/,
    ],
    ['Query exhausted resources at this scale factor', 3, /ask for a shorter window/],
    ['PERMISSION_DENIED: Access Denied\u001b[31m on s3', 3, /Access Denied \[31m on s3/],
  ];
  for (const [reason, status, says] of cases) {
    athena.engine = () => {
      throw new Error(reason);
    };
    expectRefusal(await run('server-errors', ...WINDOW), status, says);
  }
});

test('a query that somebody cancels is told', async () => {
  athena.stuck = 'CANCELLED';
  expectRefusal(await run('server-errors', ...WINDOW), 3, /cancelled the query \(it was stopped\), execution /);
});

test('throttled requests are tried again, without starting the query twice; in the end it is told', async () => {
  const throttle = (action: string, times: number) =>
    athena.faults.push({ action, status: 400, type: 'TooManyRequestsException', message: 'Rate exceeded', times });
  throttle('StartQueryExecution', 1);
  throttle('GetQueryExecution', 1);
  throttle('GetQueryResults', 1);
  assert.equal((await run('server-errors', ...WINDOW)).code, 0);
  assert.equal(athena.executions.size, 1);
  const tokens = athena.bodies.map(({ ClientRequestToken }) => ClientRequestToken).filter(Boolean);
  assert.equal(tokens.length, 2);
  assert.equal(new Set(tokens).size, 1);
  throttle('StartQueryExecution', 99);
  expectRefusal(await run('server-errors', ...WINDOW), 3, /StartQueryExecution: Athena still asks to slow down/);
});

test('what Athena refuses is told with what to do', async () => {
  const refuse = (type: string, message: string) => {
    athena.faults.length = 0;
    athena.faults.push({ action: 'StartQueryExecution', status: 400, type, message, times: 1 });
  };
  refuse('AccessDeniedException', 'User is not authorized');
  expectRefusal(
    await run('server-errors', ...WINDOW),
    3,
    /not allowed \(AccessDeniedException\); allow athena:StartQueryExecution/,
  );
  refuse('InvalidRequestException', 'No output location provided. An output location is required');
  expectRefusal(await run('server-errors', ...WINDOW), 2, /give --output s3:\/\//);
  athena.faults.length = 0;
  expectRefusal(
    await run('server-errors', ...WINDOW, '--workgroup', 'nobody'),
    2,
    /WorkGroup nobody is not found.*check --workgroup/,
  );
  for (const [words, says] of [
    [['--output', 'folder'], /--output folder is no folder in S3/],
    [['--max-age', 'soon'], /--max-age soon is not a time span/],
    [['--max-age', '8d'], /7 days/],
    [['--price', 'much'], /--price much is not a number/],
    [['--from', '-1h', '--to', '-2h'], /--from -1h is not before --to -2h/],
    [['--param', 'x=1'], /has no parameter x/],
  ] as const) {
    expectRefusal(await run('server-errors', ...words), 2, says);
  }
  expectRefusal(await draintrace(['athena', 'run', ...PLACE], { env }), 2, /name a question/);
  expectRefusal(await draintrace(['athena', 'run', 'trace'], { env }), 2, /give --bucket and --account/);
});

test('a bucket that is not there ends it before Athena is asked', async () => {
  const words = PLACE.map((word) => (word === 'logs' ? 'nowhere' : word));
  expectRefusal(await draintrace(['athena', 'run', 'trace', ...words], { env, now: NOW }), 3, /nowhere/);
  assert.equal(athena.actions.length, 0);
});

test('Ctrl-C stops the query on Athena too', async () => {
  athena.stuck = 'RUNNING';
  const { child, done } = startCli(['athena', 'run', 'server-errors', ...PLACE, ...WINDOW], { env });
  await until(() => athena.count('GetQueryExecution') >= 2, 'a query that is waited for', 30_000);
  child.kill('SIGINT');
  check(expectStatus(await done, 130), ({ stderr, stdout }) => {
    assert.equal(stdout, '');
    assert.match(stderr, /draintrace: interrupted\n$/);
  });
  assert.equal(athena.count('StopQueryExecution'), 1);
  assert.deepEqual([...athena.executions.values()][0]!.states, ['CANCELLED']);
});

test('Ctrl-C while rows are fetched for a verdict stops that query, and leaves no file', async () => {
  athena.stuck = 'RUNNING';
  const TMPDIR = freshFolder();
  const { child, done } = startCli(['athena', 'run', 'trace', ...PLACE, ...WINDOW], { env: { ...env, TMPDIR } });
  await until(() => athena.count('GetQueryExecution') >= 1, 'a query that is waited for', 30_000);
  child.kill('SIGINT');
  check(expectStatus(await done, 130), ({ stderr, stdout }) => {
    assert.equal(stdout, '');
    assert.match(stderr, /draintrace: interrupted\n$/);
  });
  assert.equal(athena.count('StopQueryExecution'), 1);
  assert.deepEqual(readdirSync(TMPDIR), []);
});

test('without credentials nothing is asked, and it is told', async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...without } = env;
  assert.ok(AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY);
  const result = await cli(['athena', 'run', 'trace', ...PLACE, ...WINDOW], { env: without });
  check(result, () => {
    assert.equal(result.status, 3);
    assert.match(result.stderr, /^draintrace: No AWS credentials[^\n]*\n$/m);
  });
});
