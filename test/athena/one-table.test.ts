/** Tests `athena run` over one table of many accounts and regions. test/engine asks such a table on a real Trino. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draintrace } from '../command/world.ts';
import { logKey } from '../s3/ask.ts';
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
