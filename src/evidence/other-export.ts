/** Names exports of other programs that settle nothing about pods, targets and requests, with what to give in their place. */
import type { Outline } from './json-outline.ts';

const EVENTS = 'kubectl get events -A -o json';
const PODS = 'kubectl get pods -A -o json';

const has = (outline: Outline, ...paths: string[]): boolean => paths.every((path) => outline.has(path));

/** Which members tell each. */
const EXPORTS: readonly (readonly [is: (outline: Outline) => boolean, looksLike: string])[] = [
  [
    (one) => one.get('[].message')?.startsWith('(service ') === true && has(one, '[].createdAt'),
    'messages of a service of ECS, without the service: use aws ecs describe-services --cluster CLUSTER --services SERVICE --output json',
  ],
  [
    (one) => has(one, 'eventmeta.kind', 'eventmeta.reason'),
    `messages of kubewatch, without what an Event says: give ${EVENTS}`,
  ],
  [
    (one) => has(one, 'data.TimeStamp', 'data.Kind', 'data.Reason'),
    `messages of Botkube, without the times of an Event: give ${EVENTS}`,
  ],
  [
    (one) => has(one, 'subject.kind', 'title', 'starts_at'),
    `findings of Robusta, without what an Event says: give ${EVENTS}`,
  ],
  [
    (one) => has(one, 'watchType', 'payload', 'timestamp'),
    `records of Sloop, with the object as text: give ${PODS}, and ${EVENTS}`,
  ],
  [
    (one) => has(one, 'events[].date_happened') || has(one, 'data[].attributes.attributes.evt'),
    `events of Datadog, which are words for people: give ${EVENTS}, or the logs of a collector of Events`,
  ],
  [
    (one) => has(one, 'status.metadata.attempt', 'status.finishedAt'),
    `a container as crictl inspect prints it: give ${PODS}`,
  ],
  [
    (one) => has(one, '[].State.FinishedAt', '[].Created'),
    `containers as docker inspect prints them: give ${PODS}, or aws ecs describe-tasks --cluster CLUSTER --tasks TASKS`,
  ],
  [
    (one) => has(one, 'terraform_version', 'resources'),
    'state of Terraform: give aws elbv2 describe-target-groups, and aws elbv2 describe-target-group-attributes',
  ],
  [
    (one) => has(one, 'receiver', 'alerts[].labels'),
    `alerts of Alertmanager: give the answers of Prometheus that they come from`,
  ],
  [
    (one) =>
      has(one, 'aws.elb.name') || has(one, '_source.aws.elb.name') || has(one, 'hits.hits[]._source.aws.elb.name'),
    'ALB access log that a pipeline of Elastic took apart: export it with event.original (preserve_original_event)',
  ],
  [
    (one) => ['result.', 'results[].'].some((at) => has(one, `${at}elb_status_code`) && !one.has(`${at}_raw`)),
    'ALB access log that Splunk took apart: export it with _raw',
  ],
  [
    (one) => has(one, '_1', '_2', '_12') && /^\d{4}-\d\d-\d\dT/.test(one.get('_2') ?? ''),
    'columns of S3 Select without their names: load the object itself, or query it in Athena',
  ],
];

/** Returns what JSON of another program it is, as a noun phrase with what to give; null for anything else. */
export function otherExport(outline: Outline): string | null {
  return EXPORTS.find(([is]) => is(outline))?.[1] ?? null;
}

/** Returns what table of another program has these columns, in lower case; null for anything else. */
export function otherColumns(names: readonly string[]): string | null {
  const own = new Set(names);
  const has = (...columns: string[]) => columns.every((column) => own.has(column));
  if (has('name', 'status', 'restarts', 'age')) {
    return `table of pods as k9s or Lens saves it, with ages and without its time: give ${PODS}, and ${EVENTS}`;
  }
  if (has('event name', 'event source', 'event time')) {
    return "CSV of CloudTrail's console, which leaves out the targets: download the events as JSON, or use aws cloudtrail lookup-events";
  }
  if (has('eventname', 'requestparameters') && !own.has('eventsource')) {
    return 'CSV of CloudTrail without eventSource: select eventTime, eventSource, eventName, requestParameters, errorCode and eventID';
  }
  if (has('verb') && names.some((name) => name.startsWith('objectref.'))) {
    return 'chosen fields of an audit log: export the whole records, in Logs Insights with fields @timestamp, @message';
  }
  if (names.some((name) => name.endsWith('involved_object.name'))) {
    return 'chosen fields of Events that Elastic took apart: export the whole documents as JSON, or give kubectl get events -A -o json';
  }
  const isValue = names.some((name) => name.startsWith('value #'));
  if (own.has('time') && (own.has('__name__') || isValue)) {
    return 'metrics as Grafana saves them, one value a step: load from the Prometheus itself, draintrace load prometheus+http://HOST:9090 --from TIME --to TIME';
  }
  return null;
}
