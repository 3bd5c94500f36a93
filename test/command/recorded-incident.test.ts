/** The recorded incident gets draining_target from each of four sets of evidence alone, through the real readers. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';

const SAMPLE = join(ROOT, 'samples/recorded-incident');
const POD = 'jiameng-api-dev-7cf849584f-kh7vk';
const UID = '5d0f3c1e-6a58-4d8e-9c55-0a4c6f3f7c11';
const ARN =
  'arn:aws-cn:elasticloadbalancing:cn-northwest-1:xxxxxxx:targetgroup/k8s-dev-jiamenga-edb70a94b9/081fxxxxxxxx';
const epoch = (time: string): number => Date.parse(`2023-01-07T${time}Z`) / 1000;

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: POD,
    namespace: 'dev',
    uid: UID,
    creationTimestamp: '2023-01-07T08:43:00Z',
    deletionTimestamp: '2023-01-07T09:23:08Z',
    deletionGracePeriodSeconds: 30,
  },
  spec: { terminationGracePeriodSeconds: 30, containers: [{ name: 'api', image: 'api:1' }] },
  status: { phase: 'Running', podIP: '10.0.2.61', conditions: [], containerStatuses: [] },
};

/** kube-state-metrics in Prometheus's format, scraped every 15 s until the pod vanished. */
function series(name: string, labels: Record<string, string>, value: number, from: string, to: string) {
  const values: [number, string][] = [];
  for (let time = epoch(from); time <= epoch(to); time += 15) values.push([time, String(value)]);
  return { metric: { __name__: name, namespace: 'dev', pod: POD, uid: UID, ...labels }, values };
}

const SETS: Record<string, Record<string, string>> = {
  'kubectl JSON and target health': {
    'pods@2023-01-07T09-22-41Z.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod] }),
    'targets.json': JSON.stringify({
      capturedAt: '2023-01-07T09:22:41Z',
      targetGroupArn: ARN,
      TargetHealthDescriptions: [
        {
          Target: { Id: '10.0.2.61', Port: 1325 },
          TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' },
        },
      ],
    }),
  },
  'controller log and Events': {
    'controller.log': [
      ['deRegistering targets', 1673083359.1],
      ['deRegistered targets', 1673083359.3],
    ]
      .map(
        ([msg, ts]) =>
          `${JSON.stringify({ level: 'info', ts, msg, arn: ARN, targets: [{ AvailabilityZone: null, Id: '10.0.2.61', Port: 1325 }] })}\n`,
      )
      .join(''),
    'events.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: `${POD}.1`, namespace: 'dev' },
          involvedObject: { kind: 'Pod', namespace: 'dev', name: POD, uid: UID, fieldPath: 'spec.containers{api}' },
          reason: 'Killing',
          message: 'Stopping container api',
          type: 'Normal',
          firstTimestamp: '2023-01-07T09:22:38Z',
          lastTimestamp: '2023-01-07T09:22:38Z',
          count: 1,
          source: { component: 'kubelet', host: 'n1' },
        },
      ],
    }),
  },
  'CloudTrail and kube-state-metrics': {
    'cloudtrail.json': JSON.stringify({
      Records: [
        {
          eventVersion: '1.08',
          eventTime: '2023-01-07T09:22:39Z',
          eventSource: 'elasticloadbalancing.amazonaws.com',
          eventName: 'DeregisterTargets',
          userAgent: 'elbv2.k8s.aws/v2.4.5',
          requestParameters: { targetGroupArn: ARN, targets: [{ id: '10.0.2.61', port: 1325 }] },
          responseElements: null,
          eventID: 'e1',
          apiVersion: '2015-12-01',
        },
      ],
    }),
    'metrics.json': JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          series('kube_pod_info', { pod_ip: '10.0.2.61', node: 'n1' }, 1, '09:10:00', '09:22:45'),
          series('kube_pod_deletion_timestamp', {}, epoch('09:23:08'), '09:22:45', '09:22:45'),
        ],
      },
    }),
  },
};

/** Loads the recorded log and these files, and returns the only verdict. */
async function verdictOf(
  files: Record<string, string>,
  copied: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'evidence'));
  cpSync(join(SAMPLE, 'AWSLogs'), join(cwd, 'AWSLogs'), { recursive: true });
  for (const name of copied) cpSync(join(SAMPLE, name), join(cwd, 'evidence', name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, 'evidence', name), text);
  expectStatus(await cli(['load', 'AWSLogs', 'evidence', '--timezone', '+08:00'], { cwd }), 0);
  const { stdout } = expectStatus(await cli(['sql', 'select * from verdict', '--format', 'json'], { cwd }), 0);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(rows.length, 1);
  return rows[0]!;
}

describe('the recorded incident', () => {
  test('from the transcript', async () => {
    const probes = readdirSync(SAMPLE).filter((name) => name.endsWith('.txt'));
    const verdict = await verdictOf({}, probes);
    assert.equal(verdict.mechanism, 'connect_timeout');
    assert.equal(verdict.cause, 'draining_target');
    assert.equal(verdict.pod_name, POD);
  });

  for (const [name, files] of Object.entries(SETS)) {
    test(`from ${name}`, async () => {
      const verdict = await verdictOf(files);
      assert.equal(verdict.mechanism, 'connect_timeout');
      assert.equal(verdict.cause, 'draining_target', String(verdict.because));
      assert.notEqual(verdict.confidence, 'ambiguous', String(verdict.because));
      // The controller's log knows the address, Events know the pod. Nothing links the two, and the verdict says so.
      if (name.startsWith('controller')) assert.equal(verdict.missing, 'pod of the address');
      else assert.equal(verdict.pod_name, POD);
    });
  }

  test('from the log alone it says what is missing', async () => {
    const verdict = await verdictOf({});
    assert.equal(verdict.cause, 'no_evidence');
    assert.equal(verdict.missing, 'pod of the address');
  });
});
