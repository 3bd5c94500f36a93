/** Prints the activities of an Auto Scaling group: as `aws autoscaling describe-scaling-activities` does, and as events. */
import { formatMillis, formatSeconds, SECOND } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Activity, ActivityCause, World } from '../world.ts';
import { ndjson } from './file.ts';
import { ACCOUNT, groupArnOfScaling, groupNameOf, idOf, REGION, subnetOf } from './identity.ts';

const activityId = ({ pod, what, start }: Activity): string => uuid(`${what} ${pod.name} ${start}`);

function uuid(name: string): string {
  const id = idOf(name, 32);
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
}

/** The group's words for each cause that takes one sentence. */
const CAUSES: Partial<Record<ActivityCause, string>> = {
  refresh: 'an instance refresh',
  rebalance: 'an EC2 instance rebalance recommendation',
  'ELB check': 'an ELB system health check failure',
  'status check': 'an EC2 instance status checks failure',
  'EC2 check': 'an EC2 health check indicating it has been terminated or stopped',
  replacement: 'an unhealthy instance needing to be replaced',
};

/** Returns the sentences that tell the cause; each begins with its own time. */
function causeText({ pod, what, start, cause }: Activity, { group }: World): string {
  const at = formatSeconds(start);
  const answer = CAUSES[cause];
  if (what === 'Launching') {
    const why = answer ?? 'a difference between desired and actual capacity';
    return `At ${at} an instance was ${answer === undefined ? 'started' : 'launched'} in response to ${why}.`;
  }
  const selected = `At ${at} instance ${pod.name} was selected for termination.`;
  if (cause === 'scale in') {
    const { time, from, to } = group!.sizes.findLast((size) => size.time <= start)!;
    const limits = `min: 1, max: 20, desired: ${to}`;
    const request = `a user request update of AutoScalingGroup constraints to ${limits} changing the desired capacity from ${from} to ${to}`;
    const difference = `a difference between desired and actual capacity, shrinking the capacity from ${from} to ${to}`;
    return `At ${formatSeconds(time)} ${request}.  At ${at} an instance was taken out of service in response to ${difference}.  ${selected}`;
  }
  const took = `At ${at} an instance was taken out of service in response to ${answer}.`;
  return cause === 'refresh' ? `${took}  ${selected}` : took;
}

const description = ({ pod, what }: Activity): string =>
  `${what}${what === 'Launching' ? ' a new' : ''} EC2 instance: ${pod.name}`;

/** Prints the activities that had begun by a time, the last one first. */
export function printActivities(scenario: Scenario, world: World, time: number): string {
  const Activities = world
    .group!.activities.filter(({ start }) => start <= time)
    .sort((a, b) => b.start - a.start)
    .map((activity) => {
      const { pod, what, start, end, drained } = activity;
      const isOver = end !== null && end <= time;
      const isDraining = what === 'Terminating' && !isOver && drained !== null && drained > time;
      const isKept = pod.machine!.hook !== null && pod.machine!.hook.from <= time && pod.machine!.hook.until > time;
      return {
        ActivityId: activityId(activity),
        AutoScalingGroupName: groupNameOf(scenario),
        Description: `${description(activity)}${isDraining ? ' - Waiting For ELB Connection Draining.' : ''}`,
        Cause: causeText(activity, world),
        StartTime: formatMillis(start).replace('Z', '000+00:00'),
        ...(isOver ? { EndTime: formatSeconds(end).replace('Z', '+00:00') } : {}),
        StatusCode: isOver
          ? 'Successful'
          : isDraining
            ? 'WaitingForELBConnectionDraining'
            : isKept
              ? 'MidLifecycleAction'
              : 'InProgress',
        Progress: isOver ? 100 : 50,
        Details: JSON.stringify({ 'Subnet ID': subnetOf(pod.worker.zone), 'Availability Zone': pod.worker.zone }),
        AutoScalingGroupARN: groupArnOfScaling(scenario),
      };
    });
  return `${JSON.stringify({ Activities }, null, 4)}\n`;
}

interface Event {
  time: number;
  source: 'aws.ec2' | 'aws.autoscaling';
  type: string;
  detail: object;
}

/** Prints events of EC2 and Auto Scaling as a log group of EventBridge holds them, one a line. */
export function printGroupEvents(scenario: Scenario, world: World): string {
  const groupArn = groupArnOfScaling(scenario);
  const events = world.pods.flatMap((pod) => {
    const arn = `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${pod.name}`;
    return eventsOf(scenario, world, pod).map(({ time, source, type, detail }) => ({
      time,
      value: {
        version: '0',
        id: uuid(`${type} ${pod.name} ${time}`),
        'detail-type': type,
        source,
        account: ACCOUNT,
        time: formatSeconds(time),
        region: REGION,
        resources: source === 'aws.ec2' ? [arn] : type.includes('Lifecycle') ? [groupArn] : [groupArn, arn],
        detail,
      },
    }));
  });
  return ndjson(
    events
      .filter(({ time }) => time >= world.starts && time <= world.captured)
      .sort((a, b) => a.time - b.time)
      .map(({ value }) => value),
  );
}

function eventsOf(scenario: Scenario, world: World, pod: World['pods'][number]): Event[] {
  const { running, rebalance, warned, hook, shuttingDown } = pod.machine!;
  const id = pod.name;
  const of = (time: number | null, type: string, more: object): Event[] =>
    time === null ? [] : [{ time, source: 'aws.ec2', type, detail: { 'instance-id': id, ...more } }];
  const state = (time: number | null, name: string) =>
    of(time, 'EC2 Instance State-change Notification', { state: name });
  const hooked: Event[] =
    hook === null
      ? []
      : [
          {
            time: hook.from,
            source: 'aws.autoscaling',
            type: 'EC2 Instance-terminate Lifecycle Action',
            detail: {
              LifecycleActionToken: uuid(`token ${id}`),
              AutoScalingGroupName: groupNameOf(scenario),
              LifecycleHookName: 'drain-logs',
              EC2InstanceId: id,
              LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
              Origin: 'AutoScalingGroup',
              Destination: 'EC2',
            },
          },
        ];
  return [
    ...state(pod.created + SECOND / 2, 'pending'),
    ...state(running, 'running'),
    ...of(rebalance, 'EC2 Instance Rebalance Recommendation', {}),
    ...of(warned, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
    ...hooked,
    ...state(shuttingDown, 'shutting-down'),
    ...state(pod.gone, 'terminated'),
    ...world
      .group!.activities.filter((activity) => activity.pod === pod)
      .flatMap((one) => finished(scenario, world, one)),
  ];
}

/** An activity is reported when it ends, with the time of its start. */
function finished(scenario: Scenario, world: World, activity: Activity): Event[] {
  const { pod, what, start, end } = activity;
  if (end === null) return [];
  const isLaunch = what === 'Launching';
  return [
    {
      time: end,
      source: 'aws.autoscaling',
      type: `EC2 Instance ${isLaunch ? 'Launch' : 'Terminate'} Successful`,
      detail: {
        Origin: isLaunch ? 'EC2' : 'AutoScalingGroup',
        Destination: isLaunch ? 'AutoScalingGroup' : 'EC2',
        Description: description(activity),
        EndTime: formatMillis(end),
        RequestId: activityId(activity),
        ActivityId: activityId(activity),
        StartTime: formatMillis(start),
        EC2InstanceId: pod.name,
        StatusCode: 'InProgress',
        StatusMessage: '',
        Details: { 'Subnet ID': subnetOf(pod.worker.zone), 'Availability Zone': pod.worker.zone },
        AutoScalingGroupName: groupNameOf(scenario),
        Cause: causeText(activity, world),
      },
    },
  ];
}
