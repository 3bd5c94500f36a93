/**
 * Instances as the AWS command line prints them: describe-instances, describe-scaling-activities (and calls that answer with
 * activities), describe-auto-scaling-groups and -instances, describe-instance-status, all of them whole or as `--query` takes lists out of them, and lifecycle events of CodeDeploy (get-deployment-instance, get-deployment-target).
 */
import { parseIp } from '../address.ts';
import { captureTime, momentOf } from '../capture-time.ts';
import type { NodeFact, Reading, ReadingContext, TargetChange } from '../fact.ts';
import { type Outline, outlineOf } from '../json-outline.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { whyGone } from '../node/reason.ts';
import { fromPowerShell } from '../powershell.ts';
import { quote, reject } from '../rejection.ts';
import { parseInstanceId } from '../target-id.ts';
import { splitValues } from '../yaml-stream.ts';
import { chosen, ended, factsOf, printedTime, type Said } from './instance-fact.ts';
import { ofStatus } from './instance-status.ts';

/** A list of objects with this member, or an empty one that is all that the answer holds. */
const isList = (outline: Outline, list: string, member: string): boolean =>
  outline.has(`${list}[].${member}`) || (outline.has(list) && outline.size === 1);

const has = (outline: Outline, at: string, ...members: string[]): boolean =>
  members.every((member) => outline.has(`${at}${member}`));
const isActivity = (outline: Outline, at: string): boolean =>
  has(outline, at, 'ActivityId', 'AutoScalingGroupName', 'StartTime');

/** Elements of a bare list, which `--query` takes out of an answer, and the list that they stood in. */
const LISTED: readonly { is: (outline: Outline, at: string) => boolean; list: string }[] = [
  { is: isActivity, list: 'Activities' },
  { is: (outline, at) => has(outline, at, 'InstanceId', 'LifecycleState'), list: 'AutoScalingInstances' },
  { is: (outline, at) => has(outline, at, 'AutoScalingGroupName', 'Instances'), list: 'AutoScalingGroups' },
  { is: (outline, at) => has(outline, at, 'InstanceId', 'LaunchTime'), list: 'Instances' },
];

/** Returns the answer that an array was taken out of. */
function answerOf(values: readonly unknown[]): Record<string, unknown> {
  const elements = values.flat();
  const found = LISTED.find(({ is }) => is(outlineOf(elements), '[].'));
  if (!found) return { Reservations: values };
  return found.list === 'Instances' ? { Reservations: [{ Instances: elements }] } : { [found.list]: elements };
}

export const isInstanceAnswerOutline = (outline: Outline): boolean =>
  outline.has('Reservations') ||
  outline.has('[].Instances[].InstanceId') ||
  LISTED.some(({ is }) => is(outline, '[].') || is(outline, '[][].')) ||
  isList(outline, 'Activities', 'ActivityId') ||
  isActivity(outline, '') ||
  isActivity(outline, 'Activity.') ||
  isList(outline, 'AutoScalingGroups', 'AutoScalingGroupName') ||
  isList(outline, 'AutoScalingInstances', 'InstanceId') ||
  isList(outline, 'InstanceStatuses', 'InstanceId') ||
  outline.has('instanceSummary.lifecycleEvents') ||
  outline.has('deploymentTarget.instanceTarget.lifecycleEvents') ||
  outline.has('deploymentTargets[].instanceTarget.lifecycleEvents');

/** Returns what each answer says of instances; an answer without a time of its own counts as given at the capture. */
export function readInstanceAnswers(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  for (const said of splitValues(text)) {
    const piece = said.error === null ? { ...said, value: fromPowerShell(said.value) } : said;
    const value =
      piece.error === null ? asObject(Array.isArray(piece.value) ? answerOf(piece.value) : piece.value) : null;
    const own = value && momentOf(value, context.timezoneMinutes);
    if (value === null || typeof own === 'string') {
      reading.rejected.push(
        reject(piece.line, piece.error ?? (typeof own === 'string' ? own : 'not_an_answer'), piece.text),
      );
      continue;
    }
    const answer = { line: piece.line, asked: own ?? capture.moment };
    const lists = LISTS.map((list) => value[list]).filter(Array.isArray);
    if (lists.length > 0 && lists.every(({ length }) => length === 0)) reading.saysNone = true;
    for (const read of readAnswer(value, answer)) {
      reading.records++;
      if (typeof read === 'string') reading.rejected.push(reject(piece.line, read, piece.text.slice(0, 1000)));
      else for (const fact of read) reading.facts.push(fact);
    }
    if (own === null && !reading.notes.includes(capture.note) && hasInstances(value)) reading.notes.push(capture.note);
  }
  if (reading.records > 0 && reading.facts.length === 0 && reading.rejected.length === 0) {
    reading.notes.push('Nothing in it says that an instance came, stayed or went.');
  }
  return reading;
}

/** Lists of the answers; an empty list means that AWS knows no such object. */
const LISTS = ['Reservations', 'Activities', 'AutoScalingInstances', 'AutoScalingGroups', 'InstanceStatuses'];

interface Answer {
  line: number;
  asked: Interval | null;
}

const hasInstances = (value: Record<string, unknown>): boolean =>
  LISTS.some((list) => list !== 'Activities' && Array.isArray(value[list]));

function readAnswer(value: Record<string, unknown>, answer: Answer): ((NodeFact | TargetChange)[] | string)[] {
  const targets = [asObject(value.deploymentTarget), ...asObjects(value.deploymentTargets)];
  const deployed = [asObject(value.instanceSummary), ...targets.map((target) => asObject(target?.instanceTarget))];
  return [
    ...asObjects(value.Reservations).flatMap((one) => asObjects(one.Instances).map((each) => ofInstance(each, answer))),
    ...asObjects(value.AutoScalingInstances).map((one) => ofGroupMember(one, answer)),
    ...asObjects(value.AutoScalingGroups).flatMap(({ AutoScalingGroupName, Instances }) =>
      asObjects(Instances).map((one) => ofGroupMember({ ...one, AutoScalingGroupName }, answer)),
    ),
    ...asObjects(value.InstanceStatuses).map((one) => ofStatus(one, answer)),
    ...activitiesOf(value).map((one) => ofActivity(one, answer)),
    ...deployed.filter((one) => one !== null).map((one) => ofDeployment(one, answer)),
  ];
}

/** Its first address alone: with the VPC CNI its others are those of pods. */
function ofInstance(instance: Record<string, unknown>, { line, asked }: Answer): NodeFact[] | string {
  const instance_id = parseInstanceId(asText(instance.InstanceId) ?? '');
  if (instance_id === null) return `no_instance: InstanceId: ${quote(instance.InstanceId)}`;
  const tags = new Map(asObjects(instance.Tags).map(({ Key, Value }) => [asText(Key) ?? '', asText(Value)]));
  const isNode = [...tags.keys()].some((key) => key.startsWith('kubernetes.io/cluster/') || key === 'eks:cluster-name');
  const ips = [instance.PrivateIpAddress, instance.Ipv6Address].map((ip) => parseIp(asText(ip) ?? ''));
  const known = ips.filter((ip) => ip !== null);
  const state = asText(asObject(instance.State)?.Name);
  const why = asText(instance.StateTransitionReason);
  const ended = endIn(why);
  const identity = {
    instance_id,
    node: isNode ? asText(instance.PrivateDnsName) : null,
    ip: known.length === 0 ? null : known.join(','),
    zone: asText(asObject(instance.Placement)?.AvailabilityZone),
    group_name: tags.get('aws:autoscaling:groupName') ?? tags.get('karpenter.sh/nodepool') ?? null,
  };
  const said: Said[] = [];
  const launched = printedTime(instance.LaunchTime);
  if (launched) said.push({ event: 'seen', moment: launched, detail: 'launched' });
  const reason = whyGone(`${why ?? ''} ${asText(asObject(instance.StateReason)?.Message) ?? ''}`);
  if (state === 'running' && asked) said.push({ event: 'seen', moment: asked, detail: 'running' });
  if (state === 'shutting-down' || state === 'stopping' || state === 'terminated' || state === 'stopped') {
    const by = { earliest: null, latest: asked?.latest ?? null };
    said.push({ event: 'stopping', moment: ended ?? by, reason, detail: why });
    if (state === 'terminated' || state === 'stopped') {
      said.push({
        event: 'gone',
        moment: { earliest: ended?.earliest ?? null, latest: by.latest },
        reason,
        detail: why,
      });
    }
  }
  return factsOf(line, identity, said);
}

/** `User initiated (2026-05-02 10:11:12 GMT)`. */
function endIn(why: string | null): Interval | null {
  const time = /\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)/.exec(why ?? '')?.[1];
  return time === undefined ? null : parseTime(time, 0);
}

function ofGroupMember(member: Record<string, unknown>, { line, asked }: Answer): NodeFact[] | string {
  const instance_id = parseInstanceId(asText(member.InstanceId) ?? '');
  if (instance_id === null) return `no_instance: InstanceId: ${quote(member.InstanceId)}`;
  const state = asText(member.LifecycleState) ?? '';
  const isGoing = /^(?:TERMINATING|Terminating|Detaching|EnteringStandby)/.test(state);
  const moment = asked && (isGoing ? { earliest: null, latest: asked.latest } : asked);
  const identity = {
    instance_id,
    zone: asText(member.AvailabilityZone),
    group_name: asText(member.AutoScalingGroupName),
  };
  const event = isGoing ? 'going' : /^in ?service$/i.test(state) ? 'seen' : null;
  return event && moment
    ? factsOf(line, identity, [
        { event, moment, reason: isGoing ? 'scale-down' : null, detail: isGoing ? state : 'InService' },
      ])
    : [];
}

/** The description of an activity: what it does, and to which instance. */
const ACTIVITY =
  /^(Terminating|Launching a new|Detaching|Moving) (?:an? )?EC2 instance( from warm pool| into warm pool| to Standby| out of Standby)?:?\s+(?:from Auto Scaling group:? )?(m?i-[0-9a-f]+)/;

/** All of them, or the only one. */
function activitiesOf(value: Record<string, unknown>): Record<string, unknown>[] {
  const one = asObject(value.Activity) ?? (asText(value.ActivityId) === null ? null : value);
  return one ? [one] : asObjects(value.Activities);
}

/** An activity begins when the group has chosen the instance; what attached target groups need comes first, then the end. */
function ofActivity(activity: Record<string, unknown>, { line }: Answer): NodeFact[] | string {
  const description = asText(activity.Description) ?? '';
  const found = ACTIVITY.exec(description);
  const instance_id = parseInstanceId(found?.[3] ?? '');
  if (!found || instance_id === null || activity.StatusCode === 'Failed' || activity.StatusCode === 'Cancelled')
    return [];
  const start = printedTime(activity.StartTime);
  if (start === null) return `bad_time: StartTime: ${quote(activity.StartTime)}`;
  const end = printedTime(activity.EndTime);
  const cause = asText(activity.Cause);
  const details = asText(activity.Details);
  const identity = { instance_id, group_name: asText(activity.AutoScalingGroupName), zone: zoneIn(details) };
  if (found[1] === 'Launching a new' || found[2] === ' out of Standby') {
    const detail = found[2] === ' out of Standby' ? 'InService' : 'launched';
    return factsOf(line, identity, end ? [{ event: 'seen', moment: end, detail }] : []);
  }
  const said = chosen(cause, start);
  if (end && found[1] === 'Terminating' && activity.StatusCode === 'Successful') said.push(ended(cause, start, end));
  return factsOf(line, identity, said);
}

function zoneIn(details: string | null): string | null {
  return /"Availability Zone"\s*:\s*"([a-z0-9-]+)"/.exec(details ?? '')?.[1] ?? null;
}

/** The deployment takes the instance out of its target groups before it stops the application, and puts it back after. */
function ofDeployment(target: Record<string, unknown>, { line }: Answer): TargetChange[] | string {
  const id = asText(target.instanceId) ?? asText(target.targetArn) ?? asText(target.targetId) ?? '';
  const instance_id = parseInstanceId(id.split('/').at(-1) ?? '');
  if (instance_id === null) return `no_instance: ${quote(id)}`;
  return asObjects(target.lifecycleEvents).flatMap((one): TargetChange[] => {
    const name = asText(one.lifecycleEventName) ?? '';
    const event = name === 'BlockTraffic' ? 'deregistered' : name === 'AllowTraffic' ? 'registered' : null;
    const start = printedTime(one.startTime);
    if (event === null || start === null) return [];
    const end = printedTime(one.endTime)?.latest ?? null;
    const moment = { earliest: start.earliest, latest: end !== null && end < start.earliest ? null : end };
    // The call names neither groups nor ports: it is about all of the instance.
    const rest = { target_group_arn: null, target_ip: null, target_port: null, instance_id };
    return [{ kind: 'target_change', line, event, ...moment, ...rest, actor: 'CodeDeploy', event_id: null }];
  });
}
