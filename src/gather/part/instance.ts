/** Instances behind target groups of type `instance`, their Auto Scaling groups and activities, and the nodes of a cluster. */
import { groupedCount } from '../../number/count.ts';
import { formatTime, fromMillis } from '../../time/time.ts';
import { endless, partsOf } from '../gap.ts';
import { nothing, type Outcome } from '../outcome.ts';
import { evidenceWindow, type Gathering } from '../step.ts';
import { type XmlValue, xmlAt, xmlList, xmlText } from '../xml.ts';

const INSTANCE = /^i-[0-9a-f]{8,17}$/;
const INSTANCES_OF_A_CALL = 100;
const MOST_PAGES = 100;

export async function gatherInstances(gathering: Gathering): Promise<Outcome> {
  const { scope, folder } = gathering;
  const groups = scope.groups.filter(({ targetType }) => targetType === 'instance');
  const { cluster } = scope;
  if (groups.length === 0 && cluster === null) return nothing();
  const all = nothing();
  const lines: string[] = [];
  const names: string[] = [];
  const tried = partsOf(all.gaps, gathering.signal);

  const ids = new Set(groups.flatMap(({ targets }) => targets).filter((id) => INSTANCE.test(id)));
  await tried('Auto Scaling groups', async () => {
    if (groups.length === 0) return;
    const arns = new Set(groups.map(({ arn }) => arn));
    for await (const [value, capturedAt] of pages('DescribeAutoScalingGroups', {}, 'AutoScalingGroups', gathering)) {
      const name = xmlText(value, 'AutoScalingGroupName');
      const members = xmlList(value, 'Instances').map((one) => xmlText(one, 'InstanceId') ?? '');
      const isOurs =
        xmlList(value, 'TargetGroupARNs').some((arn) => arns.has(String(arn))) || members.some((id) => ids.has(id));
      if (name === null || !isOurs) continue;
      names.push(name);
      for (const id of members) if (INSTANCE.test(id)) ids.add(id);
      const Instances = xmlList(value, 'Instances').map((one) => kept(one, MEMBER));
      lines.push(line({ capturedAt, AutoScalingGroups: [{ AutoScalingGroupName: name, Instances }] }));
    }
  });
  for (const name of names) {
    await tried(`activities of ${name}`, async () => {
      const { from } = evidenceWindow(gathering);
      const asked = { AutoScalingGroupName: name, IncludeDeletedGroups: 'true' };
      for await (const [value, capturedAt] of pages('DescribeScalingActivities', asked, 'Activities', gathering)) {
        // The newest come first.
        const ended = Date.parse(xmlText(value, 'EndTime') ?? '');
        if (Number.isFinite(ended) && fromMillis(ended) < from) break;
        lines.push(line({ capturedAt, Activities: [kept(value, ACTIVITY)] }));
        const id = /EC2 instance\b.*?(i-[0-9a-f]{8,17})/.exec(xmlText(value, 'Description') ?? '')?.[1];
        if (id !== undefined) ids.add(id);
      }
    });
  }
  await tried('instances of EC2', async () => {
    const known = [...ids];
    for (let at = 0; at < known.length; at += INSTANCES_OF_A_CALL) {
      // As a filter, so that an instance that EC2 has forgotten is no error.
      const values = known.slice(at, at + INSTANCES_OF_A_CALL).map((id, i) => [`Filter.1.Value.${i + 1}`, id]);
      lines.push(
        ...(await describeInstances({ 'Filter.1.Name': 'instance-id', ...Object.fromEntries(values) }, gathering)),
      );
    }
  });
  await tried('nodes of the cluster in EC2', async () => {
    if (cluster === null) return;
    // Node groups and Karpenter tag their instances so.
    const asked = { 'Filter.1.Name': 'tag-key', 'Filter.1.Value.1': `kubernetes.io/cluster/${cluster}` };
    lines.push(...(await describeInstances(asked, gathering)));
  });
  const file = 'aws/instances.jsonl';
  if (await folder.write(file, lines)) all.files.push(file);
  const detail =
    lines.length === 0
      ? ''
      : `${groupedCount(ids.size, 'instance')}, ${groupedCount(names.length, 'Auto Scaling group')}`;
  return { ...all, detail };
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const MEMBER = ['InstanceId', 'AvailabilityZone', 'LifecycleState', 'HealthStatus'];
const ACTIVITY = [
  ...['ActivityId', 'AutoScalingGroupName', 'Description', 'Cause', 'StartTime', 'EndTime'],
  ...['StatusCode', 'StatusMessage', 'Progress', 'Details'],
];

const kept = (value: XmlValue, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const text = xmlText(value, name);
      return text === null ? [] : [[name, text]];
    }),
  );

/** Yields the elements of an Auto Scaling list, each with the time of its page. */
async function* pages(
  action: string,
  parameters: Record<string, string>,
  list: string,
  { aws, signal, now }: Gathering,
): AsyncGenerator<[value: XmlValue, capturedAt: string]> {
  let token: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const capturedAt = formatTime(now());
    const next: Record<string, string> = token === null ? {} : { NextToken: token };
    const answer: XmlValue = await aws!.query(
      'autoscaling',
      action,
      { MaxRecords: '100', ...parameters, ...next },
      signal,
    );
    for (const one of xmlList(answer, `${action}Result`, list)) yield [one, capturedAt];
    token = xmlText(answer, `${action}Result`, 'NextToken');
    if (token === null) return;
  }
  throw endless(action, MOST_PAGES);
}

/** Returns lines in the form of `aws ec2 describe-instances`, whose names differ from those of the protocol. */
async function describeInstances(
  parameters: Record<string, string>,
  { aws, signal, now }: Gathering,
): Promise<string[]> {
  const lines: string[] = [];
  let token: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const capturedAt = formatTime(now());
    const next: Record<string, string> = token === null ? {} : { NextToken: token };
    const answer: XmlValue = await aws!.query('ec2', 'DescribeInstances', { ...parameters, ...next }, signal);
    const Reservations = xmlList(answer, 'reservationSet').map((reservation) => ({
      Instances: xmlList(reservation, 'instancesSet').map(instanceOf),
    }));
    if (Reservations.length > 0) lines.push(line({ capturedAt, Reservations }));
    token = xmlText(answer, 'nextToken');
    if (token === null) return lines;
  }
  throw endless('DescribeInstances', MOST_PAGES);
}

/** Tags that say whose an instance is; others may hold secrets. */
const TAG = /^(?:aws:autoscaling:groupName|karpenter\.sh\/nodepool|eks:cluster-name|kubernetes\.io\/cluster\/.*)$/;

function instanceOf(value: XmlValue): Record<string, unknown> {
  const text = (...path: string[]) => xmlText(value, ...path) ?? undefined;
  const message = text('stateReason', 'message');
  return {
    InstanceId: text('instanceId'),
    LaunchTime: text('launchTime'),
    PrivateIpAddress: text('privateIpAddress'),
    PrivateDnsName: text('privateDnsName'),
    Ipv6Address: text('ipv6Address'),
    Placement: { AvailabilityZone: text('placement', 'availabilityZone') },
    State: { Name: text('instanceState', 'name') },
    StateTransitionReason: text('reason'),
    ...(message === undefined ? {} : { StateReason: { Message: message } }),
    Tags: xmlList(xmlAt(value, 'tagSet'))
      .map((tag) => ({ Key: xmlText(tag, 'key') ?? '', Value: xmlText(tag, 'value') ?? '' }))
      .filter(({ Key }) => TAG.test(Key)),
  };
}
