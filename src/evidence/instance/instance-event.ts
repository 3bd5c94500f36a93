/**
 * Reads changes of instances, as EventBridge hands on events of EC2 and Auto Scaling: the envelope as a rule's target gets it,
 * one after the other, in an array, or as a log group holds them.
 */
import { count } from '../../number/count.ts';
import { type NodeFact, type Reading, type ReadingContext, UNSAID_NODE } from '../fact.ts';
import { asObject, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { isTakenBefore, whyGone } from '../node/reason.ts';
import { PAYLOAD } from '../payload.ts';
import { quote, reject } from '../rejection.ts';
import { parseInstanceId } from '../target-id.ts';
import { parsed } from '../unwrap/bracket.ts';
import { unwrap } from '../unwrap/unwrap.ts';
import { chosen } from './instance-fact.ts';

/** Returns the facts of each event that says something of an instance; events of other kinds count and are named. */
export function readInstanceEvents(text: string, _context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const seen = new Set<string>();
  const passed = new Map<string, number>();
  let others = 0;
  for (const { line, text: own, error } of unwrap(text, PAYLOAD)) {
    const value = error === null ? asObject(parsed(own)) : null;
    const event = value && eventOf(value);
    if (event === null) {
      if (error === null && value === null && !own.startsWith('{')) others++;
      else
        reading.rejected.push(
          reject(line, error ?? (value ? 'not_an_event' : 'bad_json: the event is cut or damaged'), own),
        );
      continue;
    }
    reading.records++;
    // EventBridge delivers at least once.
    if (event.id !== null && seen.has(event.id)) continue;
    if (event.id !== null) seen.add(event.id);
    const read = readEvent(event, line);
    if (typeof read === 'string') reading.rejected.push(reject(line, read, own));
    else if (read.length === 0) passed.set(event.type, (passed.get(event.type) ?? 0) + 1);
    else reading.facts.push(...read);
  }
  for (const [type, number] of passed) {
    reading.notes.push(`${number} × ${quote(type)}: read, and says of no instance that it came or went.`);
  }
  if (others > 0) reading.notes.push(`${count(others, 'line')} of other text in it.`);
  return reading;
}

interface InstanceEvent {
  id: string | null;
  type: string;
  time: unknown;
  detail: Record<string, unknown>;
}

/** Names of EventBridge for what a group tells SNS or SQS without it. */
const TOLD: Readonly<Record<string, string>> = {
  'autoscaling:EC2_INSTANCE_TERMINATING': 'EC2 Instance-terminate Lifecycle Action',
  'autoscaling:EC2_INSTANCE_LAUNCHING': 'EC2 Instance-launch Lifecycle Action',
  'autoscaling:EC2_INSTANCE_TERMINATE': 'EC2 Instance Terminate Successful',
  'autoscaling:EC2_INSTANCE_TERMINATE_ERROR': 'EC2 Instance Terminate Unsuccessful',
  'autoscaling:EC2_INSTANCE_LAUNCH': 'EC2 Instance Launch Successful',
  'autoscaling:EC2_INSTANCE_LAUNCH_ERROR': 'EC2 Instance Launch Unsuccessful',
};

/** Both shapes in one: the envelope with a detail, or what would be its detail alone, with a time of its own. */
function eventOf(value: Record<string, unknown>): InstanceEvent | null {
  const type = asText(value['detail-type']);
  if (type !== null) return { id: asText(value.id), type, time: value.time, detail: asObject(value.detail) ?? {} };
  const told = asText(value.LifecycleTransition) ?? asText(value.Event);
  return told === null
    ? null
    : { id: null, type: TOLD[told] ?? told, time: value.Time ?? value.EndTime, detail: value };
}

function readEvent({ type, time, detail }: InstanceEvent, line: number): NodeFact[] | string {
  const said = sayings(type, detail);
  if (said.length === 0) return [];
  const at = parseTime(asText(time) ?? '', 0);
  if (at === null) return `bad_time: time: ${quote(time)}`;
  const id = detail['instance-id'] ?? detail.EC2InstanceId;
  const instance_id = parseInstanceId(asText(id) ?? '');
  if (instance_id === null) return `no_instance: ${quote(id)}`;
  const zone = asText(asObject(detail.Details)?.['Availability Zone']);
  return said.map(({ event, moment, reason, detail: own = type }) => ({
    ...UNSAID_NODE,
    kind: 'node',
    line,
    event,
    ...moment(at),
    instance_id,
    zone,
    group_name: asText(detail.AutoScalingGroupName),
    reason,
    detail: own,
  }));
}

interface Saying {
  event: NodeFact['event'];
  reason: string | null;
  moment: (at: Interval) => Pick<NodeFact, 'earliest' | 'latest'>;
  detail?: string;
}

const then = (at: Interval) => at;
/** The event had happened by the time of the message. */
const before = ({ latest }: Interval) => ({ earliest: null, latest });

function sayings(type: string, detail: Record<string, unknown>): Saying[] {
  switch (type) {
    case 'EC2 Spot Instance Interruption Warning':
      return [{ event: 'going', reason: 'spot', moment: then }];
    case 'EC2 Instance Rebalance Recommendation':
      // Nothing has been decided: the instance may live on for hours.
      return [{ event: 'seen', reason: null, moment: then }];
    case 'EC2 Instance State-change Notification':
      return ofState(asText(detail.state) ?? '');
    case 'EC2 Instance-terminate Lifecycle Action':
      return [
        { event: 'going', reason: detail.Action === 'ReplaceRootVolume' ? 'refresh' : 'scale-down', moment: then },
      ];
    case 'EC2 Instance Terminate Successful':
      return terminated(type, detail);
    case 'EC2 Instance Launch Successful':
      return [{ event: 'seen', reason: null, moment: then, detail: 'launched' }];
    case 'EC2 Fleet Instance Change':
    case 'EC2 Spot Fleet Instance Change':
      return ofFleet(asText(detail['sub-type']) ?? '');
    default:
      return [];
  }
}

/** The activity of the group begins when it has chosen the instance. */
function terminated(type: string, detail: Record<string, unknown>): Saying[] {
  const cause = asText(detail.Cause);
  const start = parseTime(asText(detail.StartTime) ?? '', 0);
  const begun: Saying[] = start
    ? chosen(cause, start, type).map(({ event, moment, reason = null }) => ({ event, reason, moment: () => moment }))
    : [];
  const reason = whyGone(cause) ?? (isTakenBefore(cause) ? null : 'scale-down');
  // Into a warm pool it goes alive.
  return [...begun, { event: detail.Destination === 'WarmPool' ? 'stopping' : 'gone', reason, moment: before }];
}

function ofState(state: string): Saying[] {
  if (state === 'running') return [{ event: 'seen', reason: null, moment: then }];
  if (state === 'shutting-down' || state === 'stopping') return [{ event: 'stopping', reason: null, moment: then }];
  if (state === 'terminated' || state === 'stopped') return [{ event: 'gone', reason: null, moment: before }];
  return [];
}

function ofFleet(type: string): Saying[] {
  if (type === 'launched') return [{ event: 'seen', reason: null, moment: then, detail: 'launched' }];
  return type === 'terminated' ? [{ event: 'gone', reason: null, moment: before }] : [];
}
