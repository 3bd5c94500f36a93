/** Which EC2 instance a container instance is: ports of tasks on bridge and host networks are ports of that. */
import type { NodeFact } from '../fact.ts';
import { asObjects, asText } from '../json-value.ts';
import type { Interval } from '../moment.ts';
import { lastPart } from './name.ts';

const EVENTS: Readonly<Record<string, NodeFact['event']>> = {
  ACTIVE: 'seen',
  REGISTERING: 'seen',
  DRAINING: 'going',
  DEREGISTERING: 'going',
  INACTIVE: 'going',
};

/** Returns what a record of a container instance says, or why it cannot be used. Its agent comes and goes: that says nothing. */
export function readInstance(
  instance: Record<string, unknown>,
  line: number,
  at: Interval | null,
): NodeFact[] | string {
  const arn = asText(instance.containerInstanceArn);
  if (arn === null) return 'missing_arn: containerInstanceArn';
  if (at === null) return 'no_capture_time: give --captured-at';
  const status = asText(instance.status) ?? 'ACTIVE';
  const event = EVENTS[status] ?? 'seen';
  const zone = asObjects(instance.attributes).find(({ name }) => name === 'ecs.availability-zone')?.value;
  return [
    {
      kind: 'node',
      line,
      event,
      // It had been asked to drain by then.
      earliest: event === 'going' ? null : at.earliest,
      latest: at.latest,
      node: lastPart(arn),
      instance_id: asText(instance.ec2InstanceId),
      ip: null,
      zone: asText(zone),
      group_name: asText(instance.capacityProviderName),
      reason: event === 'going' ? status.toLowerCase() : null,
      detail: asText(instance.statusReason),
    },
  ];
}
