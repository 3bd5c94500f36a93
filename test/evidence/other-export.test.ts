/** Tests the names of what other programs keep of pods, targets and requests, with what to give in its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recognise } from '../../src/evidence/recognise.ts';

test('exports of other programs are named, with what to give', () => {
  const elb = { name: 'app/shop/50dc6c495c0c9188', type: 'https' };
  const exports: [name: string, instead: string, value: unknown][] = [
    ['messages of kubewatch', 'kubectl get events', { eventmeta: { kind: 'pod', reason: 'deleted' }, time: 'x' }],
    ['messages of Botkube', 'kubectl get events', { data: { Kind: 'Pod', Reason: '', TimeStamp: 'x' } }],
    ['findings of Robusta', 'kubectl get events', { title: 't', subject: { kind: 'pod' }, starts_at: 'x' }],
    ['records of Sloop', 'kubectl get pods', { timestamp: { seconds: 1 }, kind: 'Pod', watchType: 1, payload: '{}' }],
    ['events of Datadog', 'kubectl get events', { events: [{ title: 't', date_happened: 1 }] }],
    ['a container as crictl', 'kubectl get pods', { status: { metadata: { attempt: 0 }, finishedAt: 'x' } }],
    ['containers as docker', 'describe-tasks', [{ Created: 'x', State: { FinishedAt: 'x' } }]],
    ['state of Terraform', 'describe-target-groups', { version: 4, terraform_version: '1', resources: [] }],
    ['alerts of Alertmanager', 'Prometheus', { receiver: 'r', alerts: [{ labels: { pod: 'web-1' } }] }],
    ['ALB access log that a pipeline', 'event.original', { '@timestamp': 'x', aws: { elb } }],
    ['ALB access log that Splunk', '_raw', { result: { elb_status_code: '502', elb: elb.name } }],
    ['columns of S3 Select', 'Athena', { _1: 'https', _2: '2026-03-01T10:00:08.086641Z', _12: '0' }],
  ];
  for (const [name, instead, value] of exports) {
    const { kind, looksLike } = recognise(JSON.stringify(value), 'x');
    assert.deepEqual(
      [kind, looksLike.startsWith(name), looksLike.includes(instead)],
      ['unknown', true, true],
      looksLike,
    );
  }
});

test('tables and text of other programs are named, with what to give', () => {
  const forms: [name: string, text: string][] = [
    [
      'table of pods as k9s',
      'NAMESPACE,NAME,PF,READY,STATUS,RESTARTS,CPU,%CPU/R,IP,NODE,AGE\nshop,web-1,●,1/1,Running,0,1,1,x,n,60m\n',
    ],
    [
      'table of pods as k9s',
      '"Name","Namespace","Restarts","Controlled By","Age","Status"\n"web-1","shop","0","ReplicaSet","60m","Running"\n',
    ],
    [
      'metrics as Grafana',
      '"Time","__name__","namespace","pod","Value #A"\n1772359200000,kube_pod_info,shop,web-1,1\n',
    ],
    ['samples as promtool', '{__name__="kube_pod_info", namespace="shop", pod="web-1"} 1 1772359200000\n'],
    [
      'a table of Events with columns',
      'LASTSEEN   COUNT   NAME    KIND   TYPE     REASON    SOURCE    MESSAGE\n5m         1       web-1   Pod    Normal   Killing   kubelet   x\n',
    ],
    [
      "CSV of CloudTrail's console",
      'Event name,AWS region,Event ID,Event source,Event time\nDeregisterTargets,eu-west-1,e,x,y\n',
    ],
    ['CSV of CloudTrail without', 'eventTime,eventName,requestParameters\nx,DeregisterTargets,y\n'],
    ['chosen fields of an audit log', '@timestamp,verb,objectRef.name\n2026-03-01 10:00:00.000,delete,web-1\n'],
    [
      'chosen fields of Events',
      '"@timestamp","kubernetes.event.involved_object.name"\n"Mar 1, 2026 @ 10:00:00.000",web-1\n',
    ],
    [
      'messages of a service of ECS',
      '[{"id": "a", "createdAt": "2026-03-01T10:00:00Z", "message": "(service web) has begun"}]',
    ],
    [
      'a table of workloads',
      'NAME       DESIRED   CURRENT   READY   AGE\nweb-7c9d   3         3         3       60m\n',
    ],
    ['calls of CloudTrail as a table', '----\n|      LookupEvents      |\n+----+\n'],
    [
      'log of the kubelet',
      'Mar 01 10:00:00 n kubelet[7]: I0301 10:00:00.123456    7 kubelet.go:2441] "SyncLoop DELETE" source="api"\n',
    ],
    [
      'log of the agent of ECS',
      'level=info time=2026-03-01T10:00:00Z msg="Stopping" taskARN="arn:aws:ecs:x" container="web"\n',
    ],
    ['describe-target-health as XML', '<DescribeTargetHealthResponse xmlns="x"><DescribeTargetHealthResult/>\n'],
  ];
  for (const [name, text] of forms) {
    const { looksLike } = recognise(text, 'x');
    assert.ok(looksLike.startsWith(name), looksLike);
  }
});
