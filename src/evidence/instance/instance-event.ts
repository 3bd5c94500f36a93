/**
 * Reads changes of instances, as EventBridge hands on events of EC2 and Auto Scaling: the envelope as a rule's target gets it,
 * one after the other, in an array, or as a log group holds them.
 */
import { count } from '../../number/count.ts';
import { type NodeFact, type Reading, type ReadingContext, UNSAID_NODE } from '../fact.ts';
import { asObject, asText } from '../json-value.ts';
import { type Interval, parseTime } from '../moment.ts';
import { whyGone } from '../node/reason.ts';
import { PAYLOAD } from '../payload.ts';
import { quote, reject } from '../rejection.ts';
import { parseInstanceId } from '../target-id.ts';
import { parsed } from '../unwrap/bracket.ts';
import { unwrap } from '../unwrap/unwrap.ts';

/** Returns one fact for each event that says something of an instance; events of other kinds count and give none. */
export function readInstanceEvents(text: string, _context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const seen = new Set<string>();
  let others = 0;
  for (const { line, text: own, error } of unwrap(text, PAYLOAD)) {
    const value = error === null ? asObject(parsed(own)) : null;
    if (value === null || asText(value['detail-type']) === null) {
      if (error === null && value === null && !own.startsWith('{')) others++;
      else
        reading.rejected.push(
          reject(line, error ?? (value ? 'not_an_event' : 'bad_json: the event is cut or damaged'), own),
        );
      continue;
    }
    const id = asText(value.id);
    reading.records++;
    // EventBridge delivers at least once.
    if (id !== null && seen.has(id)) continue;
    if (id !== null) seen.add(id);
    const read = readEvent(value, line);
    if (typeof read === 'string') reading.rejected.push(reject(line, read, own));
    else if (read) reading.facts.push(read);
  }
  if (others > 0) reading.notes.push(`${count(others, 'line')} of other text in it.`);
  return reading;
}

function readEvent(event: Record<string, unknown>, line: number): NodeFact | string | null {
  const type = asText(event['detail-type'])!;
  const detail = asObject(event.detail) ?? {};
  const said = saying(type, detail);
  if (said === null) return null;
  const at = parseTime(asText(event.time) ?? '', 0);
  if (at === null) return `bad_time: time: ${quote(event.time)}`;
  const id = detail['instance-id'] ?? detail.EC2InstanceId;
  const instance_id = parseInstanceId(asText(id) ?? '');
  if (instance_id === null) return `no_instance: ${quote(id)}`;
  return {
    ...UNSAID_NODE,
    kind: 'node',
    line,
    event: said.event,
    ...said.moment(at),
    instance_id,
    group_name: asText(detail.AutoScalingGroupName),
    reason: said.reason,
    detail: type,
  };
}

interface Saying {
  event: NodeFact['event'];
  reason: string | null;
  moment: (at: Interval) => Pick<NodeFact, 'earliest' | 'latest'>;
}

const then = (at: Interval) => at;
/** The event had happened by the time of the message. */
const before = ({ latest }: Interval) => ({ earliest: null, latest });

function saying(type: string, detail: Record<string, unknown>): Saying | null {
  const cause = whyGone(asText(detail.Cause));
  switch (type) {
    case 'EC2 Spot Instance Interruption Warning':
      return { event: 'going', reason: 'spot', moment: then };
    case 'EC2 Instance Rebalance Recommendation':
      // Nothing has been decided: the instance may live on for hours.
      return { event: 'seen', reason: null, moment: then };
    case 'EC2 Instance State-change Notification':
      return ofState(asText(detail.state) ?? '');
    case 'EC2 Instance-terminate Lifecycle Action':
      return { event: 'going', reason: detail.Action === 'ReplaceRootVolume' ? 'refresh' : 'scale-down', moment: then };
    case 'EC2 Instance Terminate Successful':
      // Into a warm pool it goes alive.
      return detail.Destination === 'WarmPool'
        ? { event: 'stopping', reason: cause ?? 'scale-down', moment: before }
        : { event: 'gone', reason: cause ?? 'scale-down', moment: before };
    default:
      return null;
  }
}

function ofState(state: string): Saying | null {
  if (state === 'running') return { event: 'seen', reason: null, moment: then };
  if (state === 'shutting-down' || state === 'stopping') return { event: 'stopping', reason: null, moment: then };
  if (state === 'terminated' || state === 'stopped') return { event: 'gone', reason: null, moment: before };
  return null;
}
