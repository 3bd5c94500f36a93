/** Logs of other services that people give in place of an ALB's: each is named, with the command that finds the one that is read. */
import type { Outline } from './json-outline.ts';
import { otherAnswer } from './other-answer.ts';

/** Tells where the log is that can be loaded. */
const INSTEAD =
  'load the access log of the ALB, whose bucket is in aws elbv2 describe-load-balancer-attributes --load-balancer-arn ARN';

const named = (name: string): string => `${name}, which has no targets: ${INSTEAD}`;

/** Noun phrases of logs of Elastic Load Balancing that are recognised and not loaded. */
export const NLB_LOG = named('NLB access log');
export const CLASSIC_ELB_LOG = named('Classic Load Balancer access log');

const HTTP_DATE = String.raw`\[\d{2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]`;

/** How a line of each begins. */
const LINES: readonly (readonly [start: RegExp, looksLike: string])[] = [
  [/^#Fields:.* x-edge-location\b/, named('CloudFront access log')],
  [/^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}\d+(?:-[A-Z]\d+)?\t/, named('CloudFront access log')],
  [/^#(?:Version|Software|Fields): /, named('a W3C extended log of another server')],
  [/^(?=.*\binterface-id\b)(?=.*\bsrcaddr\b)[a-z0-9 -]+$/, named('VPC flow log')],
  [/^\d{1,2} (?:\d{12}|unknown) eni-[0-9a-f]+ /, named('VPC flow log')],
  [/^\d{1,2} TransitGateway \d{12} /, named('flow log of a transit gateway')],
  [/^(?:version )?aws_account_id accelerator_id /, named('flow log of Global Accelerator')],
  [
    new RegExp(`^[0-9a-f]{64} \\S+ ${HTTP_DATE} `),
    'S3 server access log, of the requests to a bucket: the logs of an ALB lie in its bucket below AWSLogs/ACCOUNT/elasticloadbalancing/',
  ],
  [new RegExp(`^\\S+ \\S+ \\S+ ${HTTP_DATE} "`), named('access log of nginx, Apache or another web server')],
  [/^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "[A-Z]+ \S+ HTTP\/[\d.]+" \d{3} /, named('access log of Envoy')],
  [
    /^(?:\S+ +\S+ +\S+ +\S+ kubelet\[\d+\]: )?[IWEF]\d{4} [\d:.]+ +\d+ (?:kubelet|kuberuntime|prober|pod_workers|status_manager|eviction_manager|nodestatus)\w*\.go:/,
    'log of the kubelet: Events show what it stopped, kubectl get events -A -o json',
  ],
  [
    /^(?:level=\w+ time=\S+ msg=.*\b(?:task|taskARN|taskArn)=|\d{4}-\d\d-\d\dT[\d:]+Z \[\w+\] (?:Managed task|Task engine|api\/task))/,
    'log of the agent of ECS: use aws ecs describe-tasks --cluster CLUSTER --tasks TASKS',
  ],
  [/^(?:INIT_START|START RequestId:|END RequestId:|REPORT RequestId:)/, named('log of a Lambda function')],
];

const COMPRESSED = 'base64 of gzip: unpack it';

/** Which members tell each JSON of others. */
const OUTLINES: readonly (readonly [is: (outline: Outline) => boolean, looksLike: string])[] = [
  [(outline) => outline.has('draintraceGathered'), 'list of what draintrace incident gathered, beside the evidence'],
  [(outline) => both(outline, 'webaclId', 'httpRequest'), named('AWS WAF log')],
  [(outline) => both(outline, 'query_timestamp', 'query_name'), named('Route 53 Resolver query log')],
  [(outline) => outline.has('x-edge-location'), named('CloudFront access log in JSON')],
  [(outline) => both(outline, 'bucket_arn', 'request_time'), named('S3 server access log in JSON')],
  [(outline) => both(outline, 'interface_id', 'srcaddr'), named('VPC flow log in JSON')],
  [
    (outline) => outline.get('messageType') === 'CONTROL_MESSAGE',
    'test messages of a CloudWatch Logs subscription (CONTROL_MESSAGE), which hold no log',
  ],
  [
    (outline) =>
      ['', '[].'].some((at) => starts(outline, `${at}protoPayload.@type`, 'type.googleapis.com/google.cloud.audit.')),
    'audit log of Google Cloud, which is no audit log of Kubernetes: an ALB of AWS has no targets there',
  ],
  [
    (outline) => starts(outline, 'awslogs.data', 'H4sI'),
    `event of a CloudWatch Logs subscription, ${COMPRESSED} with jq -r .awslogs.data FILE | base64 -d | gunzip > lines.json`,
  ],
  [
    (outline) => starts(outline, 'Records[].kinesis.data', 'H4sI'),
    `records of Kinesis that hold ${COMPRESSED} with jq -r '.Records[].kinesis.data' FILE | while read -r r; do echo "$r" | base64 -d | gunzip; done > lines.json`,
  ],
  [
    (outline) => starts(outline, 'Records[].Data', 'H4sI'),
    `records of Kinesis that hold ${COMPRESSED} with jq -r '.Records[].Data' FILE | while read -r r; do echo "$r" | base64 -d | gunzip; done > lines.json`,
  ],
  [
    (outline) => starts(outline, 'rawData', 'H4sI'),
    `records that Firehose could not deliver, ${COMPRESSED} with jq -r .rawData FILE | while read -r r; do echo "$r" | base64 -d | gunzip; done > lines.json`,
  ],
  [
    (outline) => [...outline.keys()].some((key) => /^'\w+'$/.test(key)),
    'objects as Python prints them: print(json.dumps(VALUE)) writes JSON, which is read',
  ],
];

const both = (outline: Outline, one: string, other: string): boolean => outline.has(one) && outline.has(other);
const starts = (outline: Outline, path: string, start: string): boolean =>
  outline.get(path)?.startsWith(start) === true;

/** Returns what log of another service the first lines are of, as a noun phrase with what to do; null for none. */
export function otherLog(lines: readonly string[]): string | null {
  const heads = lines.map((line) => line.slice(0, 500));
  const log = LINES.find(([start]) => heads.some((head) => start.test(head)));
  if (log) return log[1];
  if (lines.some((line) => /^Content-Transfer-Encoding: (?:quoted-printable|base64)/i.test(line)))
    return 'a mail, whose text is encoded: save the text of the mail, or the file that is attached';
  return null;
}

/** As `otherLog`, of JSON. */
export function otherJson(outline: Outline): string | null {
  return OUTLINES.find(([is]) => is(outline))?.[1] ?? otherAnswer(outline);
}
