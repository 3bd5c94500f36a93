/** The recorded incident as other sources would have recorded it. */

/** Unix seconds of a time of that day. */
const at = (clock: string): number => Date.parse(`2023-01-07T${clock}Z`) / 1000;

export const INCIDENT = {
  pod: 'jiameng-api-dev-7cf849584f-kh7vk',
  uid: '3a0d9f52-0000-4000-8000-000000000001',
  ip: '10.0.2.61',
};

/** OpenMetrics with times: the terminating pod and a remaining one, scraped each 15 s; the pod ends within two seconds. */
export function incidentMetrics(): string {
  const scrapes = (from: string, to: string) => {
    const times: number[] = [];
    for (let time = at(from); time < at(to); time += 15) times.push(time);
    return times;
  };
  const series = (name: string, labels: string, times: number[], value: number | string = 1) =>
    times.map((time) => `${name}{instance="ksm:8080",job="incident",${labels}} ${value} ${time}`);
  const who = (pod: string, uid: string) => `namespace="dev",pod="${pod}",uid="${uid}"`;
  const kh7vk = who(INCIDENT.pod, INCIDENT.uid);
  const stays = who('jiameng-api-dev-7fccd97f9d-vrk9p', '3a0d9f52-0000-4000-8000-000000000002');
  const info = (pod: string, ip: string) =>
    `${pod},pod_ip="${ip}",host_ip="10.0.2.240",node="ip-10-0-2-240",created_by_kind="ReplicaSet",created_by_name="x"`;
  return [
    '# TYPE kube_pod_info gauge',
    ...series('kube_pod_info', info(kh7vk, INCIDENT.ip), scrapes('09:10:03', '09:22:40')),
    ...series('kube_pod_info', info(stays, '10.0.1.222'), scrapes('09:22:03', '09:29:00')),
    '# TYPE kube_pod_created gauge',
    ...series('kube_pod_created', kh7vk, scrapes('09:10:03', '09:22:40'), at('08:43:00')),
    '# TYPE kube_pod_status_ready gauge',
    ...series('kube_pod_status_ready', `${kh7vk},condition="true"`, scrapes('09:10:03', '09:22:30')),
    '# TYPE kube_pod_deletion_timestamp gauge',
    ...series('kube_pod_deletion_timestamp', kh7vk, scrapes('09:22:33', '09:22:40'), at('09:23:02')),
    '# EOF',
    '',
  ].join('\n');
}

const group =
  'arn:aws-cn:elasticloadbalancing:cn-northwest-1:xxxxxxx:targetgroup/k8s-dev-jiamenga-edb70a94b9/081fxxxxxxxx';

/** The deregistration, as CloudTrail stores it in S3. */
export function incidentTrail(): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '1.08',
        eventTime: '2023-01-07T09:22:40Z',
        eventSource: 'elasticloadbalancing.amazonaws.com',
        eventName: 'DeregisterTargets',
        awsRegion: 'cn-northwest-1',
        userAgent: 'elbv2.k8s.aws/v2.4.5',
        requestParameters: { targetGroupArn: group, targets: [{ id: INCIDENT.ip, port: 1325 }] },
        responseElements: null,
        eventID: '0d1e2f30-0000-4000-8000-000000000001',
        eventType: 'AwsApiCall',
      },
    ],
  });
}

/** The same, as the load balancer controller logs it. */
export function incidentControllerLog(): string {
  const targets = [{ AvailabilityZone: 'cn-northwest-1b', Id: INCIDENT.ip, Port: 1325 }];
  const line = (ts: number, msg: string) => `${JSON.stringify({ level: 'info', ts, msg, arn: group, targets })}\n`;
  return line(at('09:22:40.1'), 'deRegistering targets') + line(at('09:22:40.2'), 'deRegistered targets');
}

/** Events of the kubelet, as an exporter stores them. */
export function incidentEvents(): string {
  const time = '2023-01-07T09:22:38Z';
  const involvedObject = { kind: 'Pod', namespace: 'dev', name: INCIDENT.pod, uid: INCIDENT.uid };
  const said = { reason: 'Killing', message: 'Stopping container api', type: 'Normal', count: 1 };
  return `${JSON.stringify({ ...said, involvedObject, firstTimestamp: time, lastTimestamp: time, metadata: {} })}\n`;
}

/** A watch of the pod, started before its deletion. */
export function incidentPods(): string {
  const pod = (deletion: object) => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: INCIDENT.pod,
      namespace: 'dev',
      uid: INCIDENT.uid,
      creationTimestamp: '2023-01-07T08:43:00Z',
      ...deletion,
    },
    spec: { nodeName: 'ip-10-0-2-240', terminationGracePeriodSeconds: 30, containers: [{ name: 'api' }] },
    status: { phase: 'Running', podIP: INCIDENT.ip },
  });
  const deleting = { deletionTimestamp: '2023-01-07T09:23:08Z', deletionGracePeriodSeconds: 30 };
  return [
    { type: 'ADDED', object: pod({}) },
    { type: 'MODIFIED', object: pod(deleting) },
    {
      type: 'DELETED',
      object: pod({ ...deleting, deletionTimestamp: '2023-01-07T09:22:40Z', deletionGracePeriodSeconds: 0 }),
    },
  ]
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('');
}

/** Two answers of describe-target-health around the deregistration. */
export function incidentTargets(): string {
  const answer = (capturedAt: string, TargetHealth: object) => ({
    capturedAt,
    targetGroupArn: group,
    TargetHealthDescriptions: [{ Target: { Id: INCIDENT.ip, Port: 1325 }, HealthCheckPort: '1325', TargetHealth }],
  });
  const draining = { State: 'draining', Reason: 'Target.DeregistrationInProgress' };
  return [answer('2023-01-07T09:22:36Z', { State: 'healthy' }), answer('2023-01-07T09:22:42.554251Z', draining)]
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('');
}

/** Answers of the Prometheus API to the metrics of the incident. */
export function incidentAnswers(): string {
  const series = new Map<string, { metric: Record<string, string>; values: [number, string][] }>();
  for (const line of incidentMetrics().split('\n')) {
    const match = /^(\w+)\{(.*)\} (\S+) (\S+)$/.exec(line);
    if (!match) continue;
    const [, name, labels, value, time] = match as unknown as [string, string, string, string, string];
    const key = `${name} ${labels}`;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label!, text!] as const);
    const one = series.get(key) ?? { metric: { __name__: name, ...Object.fromEntries(pairs) }, values: [] };
    series.set(key, one);
    one.values.push([Number(time), value]);
  }
  return `${JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [...series.values()] } })}\n`;
}
