/** Prints `aws ec2 describe-instances`, and events of EC2. */
import { formatSeconds } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Worker, World } from '../world.ts';
import { ndjson } from './file.ts';
import { ACCOUNT, ecsArn, idOf, REGION } from './identity.ts';

/** An instance that was terminated is listed for about an hour. */
export function printInstances(scenario: Scenario, world: World, time: number): string {
  const Instances = world.workers.map((worker) => {
    const ended = worker.leaving?.terminated ?? worker.lost;
    const isOver = ended !== null && ended <= time;
    return {
      InstanceId: worker.instanceId,
      PrivateDnsName: isOver ? '' : worker.name,
      ...(isOver ? {} : { PrivateIpAddress: worker.hostIp }),
      LaunchTime: formatSeconds(world.starts - 20_100_000_000),
      Placement: { AvailabilityZone: worker.zone },
      State: isOver ? { Code: 48, Name: 'terminated' } : { Code: 16, Name: 'running' },
      StateTransitionReason: isOver ? reasonOf(worker, ended) : '',
      Tags: [
        scenario.targets === 'tasks'
          ? { Key: 'AmazonECSManaged', Value: '' }
          : { Key: `kubernetes.io/cluster/${scenario.namespace}`, Value: 'owned' },
      ],
    };
  });
  const capturedAt = formatSeconds(time);
  return `${JSON.stringify({ capturedAt, Reservations: [{ ReservationId: `r-${idOf(scenario.name, 17)}`, Instances }] }, null, 4)}\n`;
}

function reasonOf({ leaving }: Worker, ended: number): string {
  if (leaving?.by === 'spot') return 'Server.SpotInstanceTermination';
  const at = formatSeconds(ended).replace('T', ' ').replace('Z', ' GMT');
  return leaving === null ? 'Server.InternalError' : `User initiated (${at})`;
}

/** Prints events of EC2 as EventBridge delivers them, one a line. */
export function printInstanceEvents(_scenario: Scenario, world: World): string {
  const events = world.workers.flatMap(({ instanceId, leaving, lost }) => {
    const event = (time: number, type: string, more: object) => ({
      time,
      value: {
        version: '0',
        id: idOf(`${type} ${instanceId} ${time}`, 32),
        'detail-type': type,
        source: 'aws.ec2',
        account: ACCOUNT,
        time: formatSeconds(time),
        region: REGION,
        resources: [ecsArn('').replace(/:ecs:.*/, `:ec2:${REGION}:${ACCOUNT}:instance/${instanceId}`)],
        detail: { 'instance-id': instanceId, ...more },
      },
    });
    const state = (time: number, name: string) =>
      event(time, 'EC2 Instance State-change Notification', { state: name });
    return [
      ...(leaving?.by === 'spot'
        ? [event(leaving.decided, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' })]
        : []),
      ...(leaving?.terminated ? [state(leaving.terminated, 'shutting-down')] : []),
      ...(lost === null ? [] : [state(lost + 20_000_000, 'terminated')]),
    ];
  });
  return ndjson(
    events
      .filter(({ time }) => time >= world.starts && time <= world.captured)
      .sort((a, b) => a.time - b.time)
      .map(({ value }) => value),
  );
}
