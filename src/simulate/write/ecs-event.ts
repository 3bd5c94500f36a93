/** Prints events of ECS as a rule of EventBridge delivers them: out of order, and some of them twice. */
import { formatSeconds } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';
import { containerInstanceArn, eventTime, taskArnOf, taskChanges, taskObject } from './ecs-task.ts';
import { ndjson } from './file.ts';
import { ACCOUNT, ecsArn, idOf, REGION } from './identity.ts';

interface Envelope {
  time: number;
  type: string;
  resource: string;
  detail: unknown;
}

/** Prints one event a line, those of the capture. */
export function printEcsEvents(scenario: Scenario, world: World): string {
  const events = [
    ...taskEvents(scenario, world),
    ...deploymentEvents(scenario, world),
    ...instanceEvents(scenario, world),
  ]
    .filter(({ time }) => time >= world.starts && time <= world.captured)
    .sort((a, b) => a.time - b.time);
  const printed: unknown[] = [];
  for (const [i, event] of events.entries()) {
    const { time, type, resource, detail } = event;
    const id = idOf(`${type} ${resource} ${time}`, 32);
    const envelope = {
      version: '0',
      id: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`,
      'detail-type': type,
      source: 'aws.ecs',
      account: ACCOUNT,
      time: formatSeconds(time),
      region: REGION,
      resources: [resource],
      detail,
    };
    // Delivered at least once, in no order.
    if (i % 3 === 2) printed.splice(-1, 0, envelope);
    else printed.push(envelope);
    if (i % 7 === 0) printed.push(envelope);
  }
  return ndjson(printed);
}

function taskEvents(scenario: Scenario, world: World): Envelope[] {
  return world.pods.flatMap((pod) =>
    taskChanges(pod).map((change, i) => ({
      time: change.time,
      type: 'ECS Task State Change',
      resource: taskArnOf(scenario, pod),
      detail: taskObject(scenario, pod, change, i + 1, eventTime, 'eni'),
    })),
  );
}

function deploymentEvents({ namespace, name }: Scenario, { service }: World): Envelope[] {
  return service!.deployments.flatMap(({ id, created, completed }) => {
    const event = (time: number, eventName: string, reason: string): Envelope => ({
      time,
      type: 'ECS Deployment State Change',
      resource: ecsArn(`service/${namespace}/${name}`),
      detail: { eventType: 'INFO', eventName, deploymentId: id, updatedAt: eventTime(time), reason },
    });
    return [
      event(created, 'SERVICE_DEPLOYMENT_IN_PROGRESS', `ECS deployment ${id} in progress.`),
      ...(completed === null
        ? []
        : [event(completed, 'SERVICE_DEPLOYMENT_COMPLETED', `ECS deployment ${id} completed.`)]),
    ];
  });
}

function instanceEvents(scenario: Scenario, world: World): Envelope[] {
  if (scenario.taskNetwork === 'awsvpc') return [];
  return world.workers.map(({ instanceId }, i) => {
    const arn = containerInstanceArn(scenario, instanceId);
    const time = world.starts + (1 + i) * 2_000_000;
    const detail = {
      agentConnected: true,
      clusterArn: ecsArn(`cluster/${scenario.namespace}`),
      containerInstanceArn: arn,
      ec2InstanceId: instanceId,
      status: 'ACTIVE',
      version: 40 + i,
      updatedAt: eventTime(time),
    };
    return { time, type: 'ECS Container Instance State Change', resource: arn, detail };
  });
}
