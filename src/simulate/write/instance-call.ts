/** Calls of EC2 about the instances of an Auto Scaling group, as CloudTrail records them; `cloudtrail.ts` adds what all records share. */
import type { Scenario } from '../scenario.ts';
import type { Call, Pod, World } from '../world.ts';
import { ACCOUNT, groupNameOf, idOf, subnetOf } from './identity.ts';

/** The part of a record that tells its call. */
export interface InstanceCall {
  time: number;
  actor: Call['actor'] | 'ec2';
  more: Record<string, unknown>;
}

const setOf = (items: readonly object[]): object => ({ items });

/** Returns the launches and terminations; an interruption of Spot is an event of the service. */
export const instanceCalls = (scenario: Scenario, world: World): InstanceCall[] =>
  world.pods.flatMap((pod): InstanceCall[] => {
    if (pod.machine === null) return [];
    const { shuttingDown, shutDownBy } = pod.machine;
    const isLaunched = pod.created >= world.starts;
    return [
      ...(isLaunched ? [{ time: pod.created, actor: 'auto-scaling' as const, more: launch(scenario, pod) }] : []),
      ...(shuttingDown === null
        ? []
        : shutDownBy === 'spot'
          ? [{ time: shuttingDown, actor: 'ec2' as const, more: evicted(pod) }]
          : [
              {
                time: shuttingDown,
                actor: shutDownBy === 'person' ? ('person' as const) : ('auto-scaling' as const),
                more: terminate(pod),
              },
            ]),
    ];
  });

const launch = (scenario: Scenario, pod: Pod): Record<string, unknown> => ({
  eventSource: 'ec2.amazonaws.com',
  eventName: 'RunInstances',
  requestParameters: { instancesSet: setOf([{ minCount: 1, maxCount: 1 }]), subnetId: subnetOf(pod.worker.zone) },
  responseElements: {
    reservationId: `r-0${idOf(`reservation ${pod.name}`, 16)}`,
    ownerId: ACCOUNT,
    groupSet: {},
    instancesSet: setOf([
      {
        instanceId: pod.name,
        imageId: `ami-0${idOf(`image ${pod.machine!.version}`, 16)}`,
        instanceState: { code: 0, name: 'pending' },
        privateDnsName: pod.worker.name,
        privateIpAddress: pod.ip,
        placement: { availabilityZone: pod.worker.zone, tenancy: 'default' },
        tagSet: setOf([{ key: 'aws:autoscaling:groupName', value: groupNameOf(scenario) }]),
      },
    ]),
  },
});

const terminate = ({ name }: Pod): Record<string, unknown> => ({
  eventSource: 'ec2.amazonaws.com',
  eventName: 'TerminateInstances',
  requestParameters: { instancesSet: setOf([{ instanceId: name }]) },
  responseElements: {
    instancesSet: setOf([
      {
        instanceId: name,
        currentState: { code: 32, name: 'shutting-down' },
        previousState: { code: 16, name: 'running' },
      },
    ]),
  },
});

const evicted = ({ name }: Pod): Record<string, unknown> => ({
  eventSource: 'ec2.amazonaws.com',
  eventName: 'BidEvictedEvent',
  requestParameters: null,
  responseElements: null,
  eventType: 'AwsServiceEvent',
  serviceEventDetails: { instanceIdSet: [name] },
});
