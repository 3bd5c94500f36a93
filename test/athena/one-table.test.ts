/** Tests `athena run` over one table of many accounts and regions. test/engine asks such a table on a real Trino. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { freshFolder } from '../cli.ts';
import { draintrace } from '../command/world.ts';
import { assertSameDatabase } from '../load/database.ts';
import { logText } from '../load/log.ts';
import { logKey } from '../s3/ask.ts';
import { linesEngine } from './lines-engine.ts';
import { athena, env, expectRefusal, NOW, s3, useWorld, WINDOW } from './world.ts';

useWorld();

test('one table: the accounts and regions that are asked, in the statement and in the estimate', async () => {
  const put = (account: string, region: string, bytes: number) =>
    s3.put('logs', logKey('org/', '2026-03-10T14:00', { account, region }), Buffer.alloc(bytes));
  put('111122223333', 'eu-central-1', 1_000_000);
  put('444455556666', 'eu-west-1', 2_000_000);
  put('444455556666', 'us-east-1', 4_000_000);
  const asked = (...words: string[]) =>
    draintrace(['athena', 'run', 'status-codes', '--bucket', 'logs', '--prefix', 'org', ...WINDOW, ...words], {
      env,
      now: NOW,
    });
  const two = await asked(
    '--account',
    '111122223333,444455556666',
    '--region',
    'eu-central-1',
    '--region',
    'eu-west-1',
  );
  assert.equal(two.code, 0, two.stderr);
  assert.match(two.stderr, /estimate: 2 objects in 8 day folders, 3\.00 MB, read once/);
  const { sql } = [...athena.executions.values()][0]!;
  assert.match(
    sql,
    /from raw_alb_log_accounts_[\da-f]{8} where account in \('111122223333', '444455556666'\) and region in \('eu-central-1', 'eu-west-1'\) and /,
  );
  const one = await asked('--one-table', '--account', '444455556666', '--region', 'us-east-1', '--dry-run');
  assert.match(one.stderr, /estimate: 1 object in 2 day folders, 4\.00 MB/);
  assert.match(one.stdout, /from raw_alb_log_accounts_[\da-f]{8} where account in \('444455556666'\)/);
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/web/0123456789abcdef';
  const named = await asked('--one-table', '--lb', arn, '--dry-run', '--no-estimate');
  assert.match(named.stdout, /account in \('444455556666'\) and region in \('eu-west-1'\) and \(\("\$path" >= /);
  expectRefusal(await asked('--one-table', '--region', 'eu-west-1'), 2, /--bucket needs --account/);
});

test('a pull of two accounts has what a load of both has, and nothing of a third', async () => {
  const START = Date.UTC(2026, 2, 10, 14);
  for (const [i, [account, region]] of [
    ['111122223333', 'eu-central-1'],
    ['444455556666', 'eu-west-1'],
    ['444455556666', 'us-east-1'],
    ['999900001111', 'eu-west-1'],
  ].entries()) {
    const text = logText({ rows: 200, seed: i + 1, start: START - 299_000, failEvery: 15 });
    s3.put('two', logKey('', '2026-03-10T14:00', { account: account!, region: region! }), gzipSync(text));
  }
  const { engine, close } = await linesEngine(s3, 'two');
  athena.engine = engine;
  const cwd = freshFolder();
  const places = ['--account', '111122223333', '--account', '444455556666', '--region', 'eu-central-1'];
  const words = [...places, '--region', 'eu-west-1', ...WINDOW];
  const pulled = await draintrace(['athena', 'pull', '--bucket', 'two', ...words, '--db', join(cwd, 'pulled.duckdb')], {
    env,
    now: NOW,
    built: true,
  });
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.match(pulled.stderr, /^pulled 2 objects of ALB access log: 400 lines /m);
  const load = ['load', 's3://two', ...words, '--keep', 'failures', '--drop-outside', '--no-judge', '--quiet'];
  assert.equal(
    (await draintrace([...load, '--db', join(cwd, 'loaded.duckdb')], { env, now: NOW, built: true })).code,
    0,
  );
  close();
  const columns = { alb_log: '* EXCLUDE (line)' };
  assert.ok((await assertSameDatabase(join(cwd, 'loaded.duckdb'), join(cwd, 'pulled.duckdb'), columns)) > 10);
});
