/**
 * Tests target health from moto, behind a proxy that throttles: `draintrace watch` with target groups by pattern, a target that is deregistered during throttling, and `load` of the files.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cli, expectStatus, freshFolder, startCli } from '../cli.ts';
import { filesOf, until } from '../watch/capture.ts';
import { type Moto, startMoto } from './server.ts';

const REGION = 'eu-central-1';
const SIGNED = `AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/${REGION}/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0`;

let moto: Moto;
/** Requests to throttle, and requests that passed. */
let throttle = 0;
const actions: string[] = [];

before(async () => {
  moto = await startMoto({
    refuse(_asked, body) {
      actions.push(new URLSearchParams(body).get('Action') ?? '');
      if (throttle <= 0) return null;
      throttle--;
      return {
        status: 400,
        type: 'text/xml',
        body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
      };
    },
  });
});
after(() => moto?.stop());

/** Calls moto as an administrator and returns its XML. */
async function call(service: string, version: string, query: Record<string, string>): Promise<string> {
  const answer = await fetch(moto.origin, {
    method: 'POST',
    headers: {
      authorization: SIGNED.replace('elasticloadbalancing', service),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ Version: version, ...query }).toString(),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return text;
}

const elb = (query: Record<string, string>) => call('elasticloadbalancing', '2015-12-01', query);

test('target groups by pattern, a deregistration while AWS throttles, loaded', async () => {
  const vpc = /<vpcId>(.*?)<\/vpcId>/.exec(
    await call('ec2', '2016-11-15', { Action: 'CreateVpc', CidrBlock: '10.0.0.0/16' }),
  )![1]!;
  const arns: string[] = [];
  for (let i = 0; i < 9; i++) {
    const name = i % 3 === 2 ? `k8s-shop-${i}` : `other-${i}`;
    const made = await elb({
      Action: 'CreateTargetGroup',
      Name: name,
      Protocol: 'HTTP',
      Port: '8080',
      VpcId: vpc,
      TargetType: 'ip',
    });
    if (name.startsWith('k8s')) arns.push(/<TargetGroupArn>(.*?)<\/TargetGroupArn>/.exec(made)![1]!);
  }
  const target = { 'Targets.member.1.Id': '10.0.0.1', 'Targets.member.1.Port': '8080' };
  for (const TargetGroupArn of arns) await elb({ Action: 'RegisterTargets', TargetGroupArn, ...target });

  const folder = freshFolder();
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2: moto.endpoint,
  };
  const watch = startCli(['watch', '--no-kubernetes', '--target-group', 'k8s-shop-*', '--out', folder], {
    env,
    timeout: 120_000,
  });
  process.once('exit', () => watch.child.kill('SIGKILL'));
  const texts = () =>
    filesOf(folder, 'targets')
      .map(({ text }) => text)
      .join('');
  await until(() => arns.every((arn) => texts().includes(arn)), 'an answer of each group', 30_000);
  throttle = 3;
  await elb({ Action: 'DeregisterTargets', TargetGroupArn: arns[0]!, ...target });
  const asked = Date.now();
  await until(
    () => texts().includes(`"targetGroupArn":"${arns[0]}","TargetHealthDescriptions":[]`),
    'the deregistration',
    30_000,
  );
  watch.child.kill('SIGINT');
  const ended = expectStatus(await watch.done, 0);
  assert.match(ended.stderr, /AWS asks to slow down \(Throttling\)/);
  assert.match(ended.stderr, /AWS asked to slow down 3 times/);
  assert.ok(actions.includes('DescribeTargetGroups'));
  assert.ok(Date.now() - asked < 20_000);

  const db = join(freshFolder(), 'moto.duckdb');
  expectStatus(await cli(['load', folder, '--db', db, '--quiet']), 0);
  const sql = `select count(distinct target_group_arn) as "groups", (select count(*) from rejected_line) as rejected,
    max(case when state <> 'healthy' then 1 else 0 end) as changed from target_state`;
  const rows = JSON.parse((await cli(['sql', sql, '--db', db, '--format', 'json'])).stdout) as Record<
    string,
    unknown
  >[];
  assert.deepEqual(Object.fromEntries(Object.entries(rows[0]!).map(([key, value]) => [key, Number(value)])), {
    groups: 3,
    rejected: 0,
    changed: 1,
  });
});
