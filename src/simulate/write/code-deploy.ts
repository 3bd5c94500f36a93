/** Prints `aws deploy get-deployment-target`, one answer for each instance that CodeDeploy has updated in place. */
import { SECOND_MS, toMillis } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';
import { ndjson } from './file.ts';
import { ACCOUNT, idOf, REGION } from './identity.ts';

/** CodeDeploy prints seconds with a fraction. */
const seconds = (time: number): number => Math.floor(toMillis(time)) / SECOND_MS;

/** Prints the events that had begun by a time; empty where there was no deployment. */
export function printDeployments({ name }: Scenario, world: World, time: number): string {
  const answers = world.pods.flatMap((pod) =>
    pod.machine!.deployments.map(({ blocking, blocked, stopped, started, allowing, allowed }) => {
      const phases: [string, number, number | null][] = [
        ['BeforeBlockTraffic', blocking - 300_000, blocking],
        ['BlockTraffic', blocking, blocked],
        ['AfterBlockTraffic', blocked, blocked + 200_000],
        ['ApplicationStop', stopped - 200_000, stopped + 300_000],
        ['DownloadBundle', stopped + 300_000, stopped + 1_300_000],
        ['Install', stopped + 1_300_000, started],
        ['ApplicationStart', started, started + 900_000],
        ['ValidateService', started + 900_000, allowing],
        ['AllowTraffic', allowing, allowed],
      ];
      return {
        deploymentTarget: {
          deploymentTargetType: 'InstanceTarget',
          instanceTarget: {
            deploymentId: `d-${idOf(`deployment ${name}`, 9).toUpperCase()}`,
            targetId: pod.name,
            targetArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${pod.name}`,
            status: allowed !== null && allowed <= time ? 'Succeeded' : 'InProgress',
            lastUpdatedAt: seconds(Math.min(allowed ?? time, time)),
            lifecycleEvents: phases
              .filter(([, start]) => start <= time)
              .map(([lifecycleEventName, start, end]) => {
                const isOver = end !== null && end <= time;
                return {
                  lifecycleEventName,
                  startTime: seconds(start),
                  ...(isOver ? { endTime: seconds(end) } : {}),
                  status: isOver ? 'Succeeded' : 'InProgress',
                };
              }),
            instanceLabel: 'Blue',
          },
        },
      };
    }),
  );
  return ndjson(answers);
}
