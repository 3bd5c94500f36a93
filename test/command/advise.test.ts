/** Tests `advise`: numbers that can be checked by hand, and no numbers with too little evidence. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import { advised as draintrace } from './advised.ts';
import { databaseOf } from './late-world.ts';
import { freshFolder } from './world.ts';

const SECONDS = [1, 2, 4, 8, 12.5];

let enough = '';
before(async () => {
  enough = await databaseOf(10, SECONDS);
});

type Row = Record<string, unknown>;

async function adviceOf(db: string, ...words: string[]): Promise<Row> {
  const { code, stdout, stderr } = await draintrace(['advise', '--format', 'json', '--db', db, ...words]);
  assert.equal(code, 0, stderr);
  const rows = JSON.parse(stdout) as Row[];
  assert.equal(rows.length, 1);
  return rows[0]!;
}

/** preStop, deregistration delay and grace. */
const settingsOf = (row: Row): unknown[] => [
  row.advised_pre_stop_seconds,
  row.advised_deregistration_delay_seconds,
  row.advised_termination_grace_period_seconds,
];

test('preStop outlasts the last routing by a tenth, the delay that and the longest request, the grace both', async () => {
  const row = await adviceOf(await databaseOf(10, SECONDS, { delay: 10, grace: 20 }));
  assert.deepEqual(
    [row.deployment_kind, row.deployment, row.container, row.versions, row.pods, row.late_requests],
    ['Deployment', 'api', 'web', 2, 10, 50],
  );
  assert.deepEqual([row.last_routed_seconds, row.longest_request_seconds], [12.5, 4]);
  // The deregistration time is unknown, so all of the 12.5 s may lie after it.
  assert.deepEqual(settingsOf(row), [14, 19, 24]);
  const known = await adviceOf(await databaseOf(10, SECONDS, { delay: 3, grace: 20, deregistered: 2 }));
  assert.equal(known.last_routed_after_deregistration_seconds, 10.5);
  assert.deepEqual(settingsOf(known), [14, 16, 24]);
});

test('no setting in force is lowered, unless it is asked for, and then that is said', async () => {
  const db = await databaseOf(10, SECONDS, { delay: 300, grace: 90, preStop: 45 });
  assert.deepEqual(settingsOf(await adviceOf(db)), [45, 300, 90]);
  assert.deepEqual(settingsOf(await adviceOf(db, '--allow-lower')), [14, 19, 24]);
  const kept = await draintrace(['advise', '--db', db]);
  assert.match(
    kept.stdout,
    /kept +preStop 45 s \(14 s would do\), terminationGracePeriodSeconds 90 s \(55 s would do\), deregistration delay 300 s \(19 s would do\)/,
  );
  assert.match(kept.stdout, /patch +none/);
  assert.doesNotMatch(kept.stdout, /LOWERED|annotation/);
  assert.match((await draintrace(['advise', '--patch', '--db', db])).stderr, /the present settings suffice/);
  const lowered = await draintrace(['advise', '--allow-lower', '--db', db]);
  assert.match(
    lowered.stdout,
    /LOWERED +preStop from 45 s to 14 s, terminationGracePeriodSeconds from 90 s to 24 s, deregistration delay from 300 s to 19 s/,
  );
  const patch = await draintrace(['advise', '--allow-lower', '--patch', '--db', db]);
  assert.match(patch.stderr, /api: LOWERED preStop from 45 s to 14 s/);
});

test('a delay that is not known is left alone, and a grace that is not known is the default at least', async () => {
  assert.deepEqual(settingsOf(await adviceOf(enough)), [14, null, 30]);
  const { stdout } = await draintrace(['advise', '--db', enough]);
  assert.match(stdout, /deregistration delay at least 19 s: .*the one in force is not known: keep it if it is longer/);
  assert.match(
    stdout,
    /not known +when these pods were deregistered.*Load the log of the AWS Load Balancer Controller/,
  );
  assert.match(stdout, /the deregistration delay in force\. Load `aws elbv2 describe-target-group-attributes/);
  assert.doesNotMatch(stdout, /annotation/);
});

test('a late controller comes first, and nothing is promised of a longer sleep', async () => {
  const late = await databaseOf(10, [1, 2, 31, 33, 35.5], { deregistered: 33, delay: 300, grace: 60, preStop: 20 });
  const { stdout } = await draintrace(['advise', '--db', late]);
  assert.match(stdout, /controller +late: 10 of 10 pods were deregistered more than 5 s .*, the last 33 s after it/);
  assert.match(stdout, /33 s of the 35\.5 s of late routing are the controller's, 2\.5 s the load balancer's/);
  assert.match(stdout, /Fix the controller first/);
  assert.match(stdout, /the controller first; while it is still late:/);
  assert.doesNotMatch(stdout, /[ ,]0 at \d/);
  assert.match(stdout, /terminationGracePeriodSeconds: 60\n/);
  const report = await draintrace(['report', '--brief', '--format', 'markdown', '--db', late]);
  assert.match(report.stdout, /fix: Fix the controller first: it deregistered pods up to 33 s after their deletion/);
  assert.doesNotMatch(report.stdout, /would have prevented/);
  // The usual delay of a controller.
  const usual = await draintrace(['advise', '--db', await databaseOf(10, SECONDS, { deregistered: 4 })]);
  assert.doesNotMatch(usual.stdout, /controller {5}|the controller/);
  assert.match(usual.stdout, / 0 at 13 s of service/);
});

test('an application that ends at once on SIGTERM needs late routing and the longest request', async () => {
  const abrupt = await adviceOf(await databaseOf(10, SECONDS, { cut: true, ends: 1, grace: 60 }));
  assert.deepEqual(
    [abrupt.killed_in_flight, abrupt.pre_stop_rests_on, abrupt.needed_pre_stop_seconds],
    [10, 'late routing and longest request', 19],
  );
  const slept = await adviceOf(await databaseOf(10, SECONDS, { cut: true, ends: 6, preStop: 5, grace: 60 }));
  assert.equal(slept.pre_stop_rests_on, 'late routing and longest request');
  // A pod that runs for another five seconds lets the longest request finish: 6 s here, less than the routing.
  const patient = await adviceOf(await databaseOf(10, SECONDS, { cut: true, ends: 5, grace: 60 }));
  assert.deepEqual([patient.pre_stop_rests_on, patient.needed_pre_stop_seconds], ['late routing', 14]);
  // A request that was cut off would have taken longer than it lived.
  assert.equal(patient.longest_request_seconds, 6);
});

test('the text has the curve, the settings in force, the cost and the patch', async () => {
  const { stdout } = await draintrace(['advise', '--db', await databaseOf(10, SECONDS, { delay: 5 })]);
  assert.match(stdout, /Deployment shop\/api, target group api\n/);
  assert.match(stdout, /failures left +50 at 0 s, .*, 0 at 13 s of service/);
  assert.match(stdout, /in force +preStop 0 s, terminationGracePeriodSeconds 30 s, deregistration delay 5 s/);
  assert.match(stdout, /preStop sleep 14 s: the last routing, 12.5 s/);
  assert.match(stdout, /stays up to 14 s longer, 70 pod-seconds a rollout/);
  assert.match(stdout, /kubectl patch deployment api -n shop/);
  assert.match(stdout, /deregistration_delay\.timeout_seconds=19/);
});

test('--patch prints YAML and nothing else', async () => {
  const { stdout } = await draintrace(['advise', '--patch', '--db', enough]);
  const patch = parse(stdout) as { spec: { template: { spec: { containers: unknown } } } };
  assert.deepEqual(patch.spec.template.spec.containers, [
    { name: 'web', lifecycle: { preStop: { sleep: { seconds: 14 } } } },
  ]);
});

test('a manifest says what is in force, and an order that is broken is named', async () => {
  const file = join(freshFolder(), 'deploy.yaml');
  writeFileSync(
    file,
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 10
      containers: [{name: web, lifecycle: {preStop: {sleep: {seconds: 12}}}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  annotations: {alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=300}
`,
  );
  const { stdout } = await draintrace(['advise', '--manifest', file, '--db', enough]);
  assert.match(
    stdout,
    /preStop 12 s, terminationGracePeriodSeconds 10 s, deregistration delay 300 s \(as the manifest/,
  );
  assert.match(stdout, /terminationGracePeriodSeconds 10 is not above preStop 12/);
  assert.match(stdout, /preStop 12 is not above the deregistration delay 300/);
  assert.match(stdout, /stays up to 2 s longer/);
});

test('with too few pods or requests there is no number, and no patch', async () => {
  for (const db of [await databaseOf(9, [1, 2, 4, 8, 12.5, 13]), await databaseOf(12, [1, 2])]) {
    const { code, stdout } = await draintrace(['advise', '--db', db]);
    assert.equal(code, 0);
    assert.match(stdout, /advice +none: too few/);
    assert.match(stdout, /pods and \d+ requests are known: load the access logs of more rollouts/);
    assert.doesNotMatch(stdout, /kubectl patch/);
    const patch = await draintrace(['advise', '--patch', '--db', db]);
    assert.deepEqual([patch.stdout, patch.code], ['', 0]);
    assert.match(patch.stderr, /no patch/);
  }
});

test('nothing known of deletions, a wrong percentile, a manifest that is not there or holds nothing', async () => {
  const none = await draintrace(['advise', '--db', await databaseOf(0, [])]);
  assert.match(
    none.stderr,
    /^no request was routed to a pod whose deletion is known: no pods are loaded. Load the Kub/,
  );
  const quiet = await draintrace(['advise', '--db', await databaseOf(3, [])]);
  assert.match(quiet.stderr, /^no request was routed to any of the 3 pods after its deletion/);
  const percentile = await draintrace(['advise', '--percentile', '0', '--db', enough]);
  assert.equal(percentile.code, 2);
  const missing = await draintrace(['advise', '--manifest', '/nowhere/x.yaml', '--db', enough]);
  assert.equal(missing.code, 3);
  const file = join(freshFolder(), 'x.yaml');
  writeFileSync(file, 'kind: ConfigMap\n');
  const other = await draintrace(['advise', '--manifest', file, '--db', enough]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /holds no Deployment/);
});
