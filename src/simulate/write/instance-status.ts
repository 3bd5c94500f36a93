/** Prints `aws ec2 describe-instance-status`, asked once a minute: running instances, and whether EC2 reaches them. */
import { formatMillis, formatSeconds, SECOND } from '../../time/time.ts';
import type { Pod, World } from '../world.ts';
import { ndjson } from './file.ts';

const INTERVAL = 60 * SECOND;
/** From the loss of a machine until a check has failed. */
const FAILED = 95 * SECOND;

export function printInstanceStatus(world: World): string {
  const answers: unknown[] = [];
  for (let time = world.starts; time <= world.captured; time += INTERVAL) {
    const InstanceStatuses = world.pods.filter((pod) => isRunning(pod, time)).map((pod) => statusAt(pod, time));
    answers.push({ capturedAt: formatSeconds(time), InstanceStatuses });
  }
  return ndjson(answers);
}

const isRunning = ({ machine }: Pod, time: number): boolean =>
  machine!.running <= time && (machine!.shuttingDown === null || machine!.shuttingDown > time);

function statusAt({ name, worker }: Pod, time: number): unknown {
  const since = worker.lost === null ? null : worker.lost + FAILED;
  const passed = { Details: [{ Name: 'reachability', Status: 'passed' }], Status: 'ok' };
  const failed =
    since === null || since > time
      ? passed
      : {
          Details: [
            { ImpairedSince: formatMillis(since).replace('Z', '+00:00'), Name: 'reachability', Status: 'failed' },
          ],
          Status: 'impaired',
        };
  return {
    AvailabilityZone: worker.zone,
    InstanceId: name,
    InstanceState: { Code: 16, Name: 'running' },
    InstanceStatus: failed,
    SystemStatus: passed,
  };
}
