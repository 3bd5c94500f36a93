/** Tests what deploy/ has for units: the Indexed Job, its policy, and the array of AWS Batch. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './cli.ts';
import { draintrace, freshFolder } from './command/world.ts';
import { rowsOf } from './load/database.ts';
import { filesOf } from './module.ts';
import { StandIn } from './s3/stand-in.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy', name), 'utf8');
const documents = (name: string) =>
  parseAllDocuments(read(name)).map((document) => document.toJS() as { kind: string } & Record<string, unknown>);

test('a pod of the Indexed Job is confined, and its flags are those of load', async () => {
  const job = documents('job.yaml').find(({ kind }) => kind === 'Job')! as unknown as {
    spec: {
      completions: number;
      completionMode: string;
      backoffLimitPerIndex: number;
      template: { spec: Record<string, unknown> & { containers: ({ args: string[] } & Record<string, unknown>)[] } };
    };
  };
  const { template, completions, completionMode, backoffLimitPerIndex } = job.spec;
  const night = documents('cronjob.yaml').find(({ kind }) => kind === 'CronJob')! as unknown as {
    spec: { jobTemplate: { spec: { template: typeof template } } };
  };
  const confined = night.spec.jobTemplate.spec.template.spec;
  for (const key of ['securityContext', 'automountServiceAccountToken', 'restartPolicy'])
    assert.deepEqual(template.spec[key], confined[key], key);
  const [container] = template.spec.containers;
  assert.deepEqual(container!.securityContext, confined.containers[0]!.securityContext);
  assert.deepEqual([completionMode, backoffLimitPerIndex > 0], ['Indexed', true]);
  const words: Record<string, string> = { FROM: '2026-03-10T00:00:00Z', TO: '2026-03-11T00:00:00Z', LB: 'shop' };
  const args = container!.args.map((word) => word.replace(/FROM|TO|LB/, (name) => words[name]!));
  assert.ok(args.includes(`--of=${completions}`));
  const asked = await draintrace([...args, '--index=99'], { env: { HOME: freshFolder() }, built: true });
  assert.deepEqual([asked.code, asked.stderr], [2, `draintrace: --index 99 is not from 0 to ${completions - 1}\n`]);
});

test('the policy of units allows what --emit and merge ask of S3, and nothing else; Terraform puts its names in', async (t) => {
  const s3 = new StandIn();
  t.after(() => s3.stop());
  const endpoint = await s3.start();
  const sample = join(ROOT, 'samples/recorded-incident/AWSLogs');
  for (const name of filesOf('samples/recorded-incident/AWSLogs', '.gz'))
    s3.put('logs', `prod/AWSLogs${join(ROOT, name).slice(sample.length)}`, readFileSync(join(ROOT, name)));
  s3.buckets.set('units', new Map());
  const folder = freshFolder();
  const env = { ...s3.env(), HOME: folder };
  const more = ['--endpoint-url', endpoint, '-q'];
  const window = ['--from', '2023-01-01T00:00:00Z', '--to', '2023-02-01T00:00:00Z'];
  const emit = ['load', 's3://logs/prod', ...window, '--emit', 's3://units/draintrace-units', ...more];
  for (const words of [
    emit,
    emit,
    ['merge', 's3://units/draintrace-units', '--db', join(folder, 'm.duckdb'), ...more],
  ]) {
    const run = await draintrace(words, { env, built: true });
    assert.equal(run.code, 0, run.stderr);
  }
  const rows = await rowsOf(join(folder, 'm.duckdb'), 'select count(*) as n from alb_log');
  assert.deepEqual(rows, [{ n: 1 }]);
  const of = (bucket: string) => s3.arrived.filter((one) => one.bucket === bucket);
  const used = (bucket: string) =>
    new Set(
      of(bucket).map(({ key, method }) =>
        key === '' ? 's3:ListBucket' : `s3:${method === 'PUT' ? 'Put' : 'Get'}Object`,
      ),
    );
  assert.deepEqual([...used('logs')].sort(), ['s3:GetObject', 's3:ListBucket']);
  assert.deepEqual([...used('units')].sort(), ['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
  assert.ok(of('units').every(({ key }) => key === '' || key.startsWith('draintrace-units/')));
  // The manifest is last: what comes before it is no unit.
  assert.match(
    of('units')
      .filter(({ method }) => method === 'PUT')
      .at(-1)!.key,
    /^draintrace-units\/unit=[^/]+\.json$/,
  );
  const policy = JSON.parse(read('iam-emit.json')) as {
    Statement: { Action: string | string[]; Resource: string | string[] }[];
  };
  assert.deepEqual(
    policy.Statement.map(({ Action, Resource }) => [Action, Resource]),
    [
      ['s3:ListBucket', ['arn:aws:s3:::BUCKET', 'arn:aws:s3:::UNITS']],
      ['s3:GetObject', 'arn:aws:s3:::BUCKET/*'],
      [['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::UNITS/draintrace-units/*'],
    ],
  );
  const terraform = JSON.parse(read('batch/main.tf.json')) as {
    resource: Record<string, Record<string, { policy?: string }>>;
  };
  assert.match(
    terraform.resource.aws_iam_role_policy!.job!.policy!,
    /file\("\$\{path\.module\}\/\.\.\/iam-emit\.json"\)/,
  );
});
