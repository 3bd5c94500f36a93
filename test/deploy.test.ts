/** Tests deploy/: the nightly pod is confined, its configuration is valid, and its policy allows exactly the requests of load. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { EXIT } from '../src/command/error.ts';
import { readConfig } from '../src/command/nightly-config.ts';
import { nightMetrics } from '../src/report/night.ts';
import { StandInAthena } from './athena/stand-in.ts';
import { cli, expectStatus, ROOT, startCli } from './cli.ts';
import { draintrace, freshFolder } from './command/world.ts';
import { StandIn } from './s3/stand-in.ts';
import { until } from './watch/capture.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'deploy', name), 'utf8');
interface JobSpec {
  backoffLimit: number;
  podFailurePolicy: {
    rules: {
      action: string;
      onPodConditions?: { type: string }[];
      onExitCodes?: { containerName: string; operator: string; values: number[] };
    }[];
  };
  template: { spec: { restartPolicy: string; containers: { name: string }[] } };
}

const documents = (name: string) =>
  parseAllDocuments(read(name)).map((document) => document.toJS() as { kind: string } & Record<string, unknown>);

test('the CronJob runs without rights: not root, nothing writable but its data, no token of the cluster', () => {
  const job = documents('cronjob.yaml').find(({ kind }) => kind === 'CronJob')! as unknown as {
    spec: {
      concurrencyPolicy: string;
      jobTemplate: {
        spec: { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } };
      };
    };
  };
  const pod = job.spec.jobTemplate.spec.template.spec;
  assert.equal(job.spec.concurrencyPolicy, 'Forbid');
  assert.equal(pod.automountServiceAccountToken, false);
  assert.deepEqual(pod.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65532,
    fsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.deepEqual(pod.containers[0]!.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('the memory of a night is above what loads were measured to take', () => {
  const page = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');
  const peaks = [
    /^\| peak memory of a full load \| (\d+) MB \|/m.exec(page('benchmarks.md'))?.[1],
    ...[...page('load.md').matchAll(/^\| [^|]+ \| (\d+) MB \| \d+ s \|$/gm)].map(([, peak]) => peak),
  ].map(Number);
  assert.ok(peaks.length >= 4 && peaks.every((peak) => peak > 100), String(peaks));
  const most = Math.max(...peaks) * 1e6;
  const bytes = (pattern: RegExp, file: string): number => Number(pattern.exec(read(file))![1]) * 2 ** 20;
  assert.ok(bytes(/requests:\n +cpu: "1"\n +memory: (\d+)Mi/, 'cronjob.yaml') > most);
  for (const limit of [
    bytes(/limits:\n +memory: (\d+)Mi/, 'cronjob.yaml'),
    bytes(/^MemoryMax=(\d+)M$/m, 'draintrace-nightly.service'),
  ])
    assert.ok(limit > 1.5 * most, `${limit} bytes for ${most}`);
});

test('a broken limit fails the Job at once, and what may pass is tried again', () => {
  const job = documents('cronjob.yaml').find(({ kind }) => kind === 'CronJob')! as unknown as {
    spec: { jobTemplate: { spec: JobSpec } };
  };
  const { backoffLimit, podFailurePolicy, template } = job.spec.jobTemplate.spec;
  // Kubernetes accepts a pod failure policy only for pods that are not restarted in place.
  assert.equal(template.spec.restartPolicy, 'Never');
  assert.ok(backoffLimit > 0);
  const names = template.spec.containers.map(({ name }) => name);
  /** Judges as the Job controller does: the first matching rule. */
  const judge = (code: number, disrupted = false): string => {
    const rule = podFailurePolicy.rules.find(({ onExitCodes, onPodConditions }) =>
      onExitCodes
        ? onExitCodes.values.includes(code)
        : disrupted && onPodConditions!.some(({ type }) => type === 'DisruptionTarget'),
    );
    return rule?.action ?? 'Count';
  };
  for (const { onExitCodes } of podFailurePolicy.rules) {
    if (!onExitCodes) continue;
    assert.ok(names.includes(onExitCodes.containerName));
    assert.equal(onExitCodes.operator, 'In');
  }
  const actions = Object.entries(EXIT).map(([name, code]) => [name, judge(code)]);
  assert.deepEqual(Object.fromEntries(actions), {
    ok: 'Count',
    limit: 'FailJob',
    usage: 'FailJob',
    source: 'Count',
    partial: 'Count',
    database: 'Count',
    output: 'Count',
    bug: 'Count',
    interrupted: 'Count',
  });
  assert.equal(judge(EXIT.interrupted, true), 'Ignore');
});

test('no unit takes a broken limit for a success, and each way to run has somebody told', () => {
  const unit = read('draintrace-nightly.service');
  assert.doesNotMatch(unit, /^SuccessExitStatus/m);
  const [, notify] = /^OnFailure=(.+)$/m.exec(unit)!;
  assert.match(read(notify!), /^ExecStart=.*journalctl --unit draintrace-nightly /m);
  // It is silent about each exit code that nightly tells of itself, unless nobody took that message.
  const [, shell] = /^ExecStart=\/bin\/sh -c '(case .* esac);/m.exec(read(notify!))!;
  const isSilent = (result: string, status: number | string, journal = ''): boolean => {
    const own = { MONITOR_SERVICE_RESULT: result, MONITOR_EXIT_STATUS: String(status), JOURNAL: journal };
    const script = `journalctl() { echo "$JOURNAL"; }; ${shell}; exit 9`;
    const env = { ...own, PATH: process.env.PATH };
    const { status: code, stderr } = spawnSync('/bin/sh', ['-c', script], { env, encoding: 'utf8' });
    assert.ok(code === 0 || code === 9, stderr);
    return code === 0;
  };
  for (const [name, code] of Object.entries(EXIT))
    if (code !== EXIT.ok) assert.equal(isSilent('exit-code', code), !['usage', 'interrupted'].includes(name), name);
  assert.ok(!isSilent('oom-kill', 'KILL') && !isSilent('signal', 9) && !isSilent('exit-code', 203));
  const sentence = 'slack:env:SLACK_URL did not take the message: its server answered 404';
  assert.ok(!isSilent('exit-code', EXIT.limit, sentence) && !isSilent('exit-code', EXIT.output, sentence));
  assert.match(readFileSync(join(ROOT, 'src/notify/send.ts'), 'utf8'), /did not take the message/);
  const rule = documents('alert.yaml')[0]! as unknown as { spec: { groups: { rules: { expr: string }[] }[] } };
  const expressions = rule.spec.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)).join('\n');
  const cron = documents('cronjob.yaml').find(({ kind }) => kind === 'CronJob')! as unknown as {
    metadata: { name: string; namespace: string };
  };
  assert.ok(expressions.includes(`job_name=~"${cron.metadata.name}-.*"`));
  assert.ok(expressions.includes(`namespace="${cron.metadata.namespace}"`));
  // nightly writes every gauge that an alert reads.
  const day = {
    day: '2026-03-10',
    requests: 1,
    failures: 0,
    causes: { unsettled: 0 },
    late_p99_seconds: null,
    late_max_seconds: null,
    workloads: [],
  };
  const written = nightMetrics({ day, broken: [], changes: [], answer: null }, 0);
  for (const [gauge] of expressions.matchAll(/draintrace_night_\w+/g))
    assert.match(written, new RegExp(`^${gauge}[ {]`, 'm'));
});

test('its configuration is one that nightly takes', async () => {
  const map = documents('cronjob.yaml').find(({ kind }) => kind === 'ConfigMap')! as unknown as {
    data: Record<string, string>;
  };
  const path = join(freshFolder(), 'nightly.yaml');
  writeFileSync(path, map.data['nightly.yaml']!);
  const config = readConfig(path, {}, {});
  assert.equal(config.db, '/data/draintrace.duckdb');
  assert.deepEqual(config.limits, { draining_target: 0, killed_in_flight: 0 });
  // The container has the variable of each target.
  assert.deepEqual(config.notify, ['slack:env:SLACK_URL']);
  assert.match(read('cronjob.yaml'), /- name: SLACK_URL\n +valueFrom:\n +secretKeyRef:\n +name: draintrace-notify\n/);
});

test('all that is written lies where the image and the unit allow it', () => {
  const config = parse(parse(read('cronjob.yaml').split('\n---\n')[2]!).data['nightly.yaml']) as Record<
    string,
    unknown
  >;
  for (const key of ['db', 'report', 'json']) assert.match(String(config[key]), /^\/data\//);
  assert.match(read('Dockerfile'), /^USER 65532:65532$/m);
  assert.match(read('Dockerfile'), /^WORKDIR \/data$/m);
  assert.match(read('draintrace-nightly.service'), /^ProtectSystem=strict$/m);
  assert.match(read('draintrace-nightly.service'), /^StateDirectory=draintrace$/m);
});

test('the image holds what package.json publishes and the program reads', () => {
  const image = read('Dockerfile');
  // The base has a Node that the package supports.
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [, least] = />=(\d+)/.exec(engines.node)!;
  assert.ok(Number(/^ARG BASE=[\w./]+node:(\d+)-/m.exec(image)![1]) >= Number(least));
  for (const part of ['dist', 'queries', 'node_modules', 'package.json'])
    assert.match(image, new RegExp(`^COPY .*${part}`, 'm'));
});

test('the policy of export allows what it asks of S3, and nothing else', async (t) => {
  const s3 = new StandIn();
  t.after(() => s3.stop());
  const endpoint = await s3.start();
  s3.buckets.set('lakes', new Map());
  const folder = freshFolder();
  const db = join(folder, 'x.duckdb');
  const env = { ...s3.env(), HOME: folder };
  const to = ['export', '--to', 's3://lakes/draintrace-lake', '--endpoint-url', endpoint, '--db', db];
  for (const words of [
    ['load', join(ROOT, 'samples/recorded-incident'), '--timezone', '+08:00', '--db', db],
    to,
    ['sql', '--write', 'delete from alb_row', '--db', db],
    [...to, '--prune'],
  ]) {
    const run = await draintrace(words, { env, built: true });
    assert.equal(run.code, 0, run.stderr);
  }
  const action = { GET: 's3:GetObject', PUT: 's3:PutObject', DELETE: 's3:DeleteObject' } as Record<string, string>;
  const used = new Set(s3.arrived.map(({ key, method }) => (key === '' ? 's3:ListBucket' : action[method])));
  assert.ok(s3.arrived.every(({ key }) => key === '' || key.startsWith('draintrace-lake/')));
  const policy = JSON.parse(read('iam-export.json')) as { Statement: { Effect: string; Action: string | string[] }[] };
  assert.deepEqual(policy.Statement.flatMap(({ Action }) => Action).sort(), [...used].sort());
  assert.ok(policy.Statement.every(({ Effect }) => Effect === 'Allow'));
});

test('the policy allows what load asks of S3, and nothing else', async (t) => {
  const s3 = new StandIn();
  t.after(() => s3.stop());
  const endpoint = await s3.start();
  const key =
    'prod/AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/03/10/111122223333_elasticloadbalancing_eu-central-1_app.shop.50dc6c495c0c9188_20260310T1405Z_10.0.0.1_abcdefgh.log';
  const line = readFileSync(join(ROOT, 'samples/recorded-incident/probe-1-504-while-draining.txt'));
  s3.put('logs', key, line);
  const db = join(freshFolder(), 'x.duckdb');
  const words = [
    'load',
    's3://logs/prod',
    '--from',
    '2026-03-10',
    '--to',
    '2026-03-11',
    '--endpoint-url',
    endpoint,
    '--db',
    db,
  ];
  const run = await draintrace(words, { env: { ...s3.env(), HOME: freshFolder() }, built: true });
  assert.equal(run.code, 0, run.stderr);
  const used = new Set(s3.arrived.map(({ key: asked }) => (asked === '' ? 's3:ListBucket' : 's3:GetObject')));
  const policy = JSON.parse(read('iam-load.json')) as { Statement: { Effect: string; Action: string }[] };
  assert.deepEqual(policy.Statement.map(({ Action }) => Action).sort(), [...used].sort());
  assert.ok(policy.Statement.every(({ Effect }) => Effect === 'Allow'));
});

test('the policy for Athena allows what it is asked, only reads tables and logs, and writes nothing but results', async (t) => {
  const athena = new StandInAthena();
  const s3 = new StandIn();
  t.after(() => Promise.all([s3.stop(), athena.stop()]));
  s3.region = 'eu-central-1';
  const key =
    'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/03/10/111122223333_elasticloadbalancing_eu-central-1_app.shop.50dc6c495c0c9188_20260310T1405Z_10.0.0.1_abcdefgh.log';
  s3.put('logs', key, 'x');
  const env = {
    ...s3.env(),
    AWS_ENDPOINT_URL_S3: await s3.start(),
    AWS_ENDPOINT_URL_ATHENA: await athena.start(),
  };
  const place = ['--bucket', 'logs', '--account', '111122223333', '--region', s3.region, '--from', '2026-03-10'];
  const words = ['athena', 'run', 'status-codes', ...place, '--to', '2026-03-11'];
  expectStatus(await cli(words, { env }), 0);
  athena.stuck = 'RUNNING';
  const { child, done } = startCli(words, { env });
  await until(() => athena.executions.size === 2, 'a query to stop', 30_000);
  child.kill('SIGINT');
  expectStatus(await done, 130);

  const policy = JSON.parse(read('iam-athena.json')) as {
    Statement: { Effect: string; Action: string | string[]; Resource: string | string[] }[];
  };
  assert.ok(policy.Statement.every(({ Effect }) => Effect === 'Allow'));
  const allowed = policy.Statement.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource }))),
  );
  const actionsOf = (service: string) =>
    [...new Set(allowed.map(({ action }) => action))].filter((action) => action.startsWith(`${service}:`)).sort();
  assert.deepEqual(actionsOf('athena'), [...new Set(athena.actions)].map((action) => `athena:${action}`).sort());
  for (const action of actionsOf('glue')) assert.match(action, /^glue:Get/);
  const asked = s3.arrived.map(({ key: object }) => (object === '' ? 's3:ListBucket' : 's3:GetObject'));
  for (const action of asked) assert.ok(actionsOf('s3').includes(action), action);
  for (const { action, resource } of allowed) {
    if (/^s3:(?!Get|List)/.test(action)) assert.equal(resource, 'arn:aws:s3:::RESULTS/*', action);
    assert.doesNotMatch(action, /\*|Delete/);
  }
});
