/** Calls of EC2 and Auto Scaling that CloudTrail recorded: who launched an instance, with which address, and who ended it. */
import { parseIp } from '../address.ts';
import type { NodeFact } from '../fact.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { quote } from '../rejection.ts';
import { parseInstanceId } from '../target-id.ts';
import { parsed } from '../unwrap/bracket.ts';
import { factsOf } from './instance-fact.ts';

const CALLS: Readonly<Record<string, readonly string[]>> = {
  'ec2.amazonaws.com': ['RunInstances', 'TerminateInstances', 'StopInstances', 'BidEvictedEvent'],
  'autoscaling.amazonaws.com': ['TerminateInstanceInAutoScalingGroup'],
};

export const isInstanceCall = ({ eventSource, eventName }: Record<string, unknown>): boolean =>
  CALLS[asText(eventSource) ?? '']?.includes(asText(eventName) ?? '') ?? false;

/** Some stores keep the parameters as a string. */
const objectIn = (value: unknown): Record<string, unknown> | null =>
  asObject(typeof value === 'string' ? parsed(value) : value);

const itemsIn = (value: unknown): Record<string, unknown>[] =>
  asObjects(asObject(objectIn(value)?.instancesSet)?.items);

/** Returns what a call says of instances; a reason where it cannot be read. */
export function readInstanceCall(record: Record<string, unknown>, line: number): NodeFact[] | string {
  const at = parseTime(asText(record.eventTime) ?? '', 0);
  if (at === null) return `bad_time: eventTime: ${quote(record.eventTime)}`;
  switch (record.eventName) {
    case 'RunInstances':
      return itemsIn(record.responseElements).flatMap((item) => launched(item, line, at));
    case 'BidEvictedEvent':
      return evicted(objectIn(record.serviceEventDetails)?.instanceIdSet, line, at);
    case 'TerminateInstanceInAutoScalingGroup':
      return ending(objectIn(record.requestParameters)?.instanceId, 'going', 'by hand', line, at);
    default:
      return itemsIn(record.responseElements)
        .filter((item) => isRunning(item))
        .flatMap(({ instanceId }) => ending(instanceId, 'stopping', isByHand(record) ? 'by hand' : null, line, at));
  }
}

/** One that was ending before is not ended by this call. */
const isRunning = ({ previousState }: Record<string, unknown>): boolean =>
  !/^(?:shutting-down|terminated|stopping|stopped)$/.test(asText(asObject(previousState)?.name) ?? '');

const isByHand = (record: Record<string, unknown>): boolean =>
  /aws-cli|console|signin/i.test(asText(record.userAgent) ?? '');

function ending(id: unknown, event: NodeFact['event'], reason: string | null, line: number, at: Interval): NodeFact[] {
  const instance_id = parseInstanceId(asText(id) ?? '');
  return instance_id === null ? [] : factsOf(line, { instance_id }, [{ event, moment: at, reason }]);
}

/** Spot had taken them by then. */
const evicted = (ids: unknown, line: number, { latest }: Interval): NodeFact[] =>
  (Array.isArray(ids) ? ids : []).flatMap((id) => {
    const instance_id = parseInstanceId(asText(id) ?? '');
    const moment = { earliest: null, latest };
    return instance_id === null ? [] : factsOf(line, { instance_id }, [{ event: 'stopping', moment, reason: 'spot' }]);
  });

function launched(item: Record<string, unknown>, line: number, at: Interval): NodeFact[] {
  const instance_id = parseInstanceId(asText(item.instanceId) ?? '');
  if (instance_id === null) return [];
  const tags = asObjects(asObject(item.tagSet)?.items);
  const identity = {
    instance_id,
    ip: parseIp(asText(item.privateIpAddress) ?? ''),
    zone: asText(asObject(item.placement)?.availabilityZone),
    group_name: asText(tags.find(({ key }) => key === 'aws:autoscaling:groupName')?.value),
  };
  return factsOf(line, identity, [{ event: 'seen', moment: at, detail: 'launched' }]);
}
