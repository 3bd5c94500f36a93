/** Prints the instances of an Auto Scaling group as `aws ec2 describe-instances` does. */
import { formatSeconds } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod, World } from '../world.ts';
import { groupNameOf, idOf, subnetOf, templateOf } from './identity.ts';

/** Prints the instances that there are at a time; one that was terminated is listed for about an hour, without its address. */
export function printGroupInstances(scenario: Scenario, world: World, time: number): string {
  const Reservations = world.pods
    .filter(({ created }) => created <= time)
    .map((pod) => ({
      ReservationId: `r-0${idOf(`reservation ${pod.name}`, 16)}`,
      OwnerId: '111122223333',
      Groups: [],
      Instances: [instanceAt(scenario, pod, time)],
    }));
  return `${JSON.stringify({ capturedAt: formatSeconds(time), Reservations }, null, 4)}\n`;
}

function instanceAt(scenario: Scenario, pod: Pod, time: number): unknown {
  const { worker, ip, created, gone, name } = pod;
  const machine = pod.machine!;
  const { shuttingDown, shutDownBy, version } = machine;
  const isEnding = shuttingDown !== null && shuttingDown <= time;
  const isOver = gone !== null && gone <= time;
  const template = templateOf(scenario);
  return {
    AmiLaunchIndex: 0,
    ImageId: `ami-0${idOf(`image ${version}`, 16)}`,
    InstanceId: name,
    InstanceType: 'm7g.large',
    LaunchTime: `${formatSeconds(created).slice(0, -1)}+00:00`,
    Placement: { AvailabilityZone: worker.zone, GroupName: '', Tenancy: 'default' },
    PrivateDnsName: isOver ? '' : worker.name,
    ...(isOver ? {} : { PrivateIpAddress: ip, SubnetId: subnetOf(worker.zone), VpcId: 'vpc-0a1b2c3d4e5f60718' }),
    State: isOver
      ? { Code: 48, Name: 'terminated' }
      : isEnding
        ? { Code: 32, Name: 'shutting-down' }
        : machine.running <= time
          ? { Code: 16, Name: 'running' }
          : { Code: 0, Name: 'pending' },
    StateTransitionReason: isEnding ? transitionReason(shuttingDown, shutDownBy === 'spot') : '',
    ...(machine.warned === null ? {} : { InstanceLifecycle: 'spot' }),
    ...(isEnding ? { StateReason: stateReason(shutDownBy === 'spot') } : {}),
    Tags: [
      { Key: 'Name', Value: scenario.name },
      { Key: 'aws:autoscaling:groupName', Value: groupNameOf(scenario) },
      { Key: 'aws:ec2launchtemplate:id', Value: template.id },
      { Key: 'aws:ec2launchtemplate:version', Value: String(version) },
    ],
  };
}

const transitionReason = (time: number, isSpot: boolean): string =>
  `${isSpot ? 'Service' : 'User'} initiated (${formatSeconds(time).replace('T', ' ').replace('Z', ' GMT')})`;

const stateReason = (isSpot: boolean): unknown =>
  isSpot
    ? { Code: 'Server.SpotInstanceTermination', Message: 'Server.SpotInstanceTermination: Spot instance termination' }
    : { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' };
