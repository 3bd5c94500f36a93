/** Prints answers of `aws ecs describe-tasks`, describe-services, describe-task-definition and describe-container-instances. */
import { DAY, HOUR, MINUTE_SECONDS } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';
import { answerTime, containerInstanceArn, taskChanges, taskObject } from './ecs-task.ts';
import { ecsArn, groupArnOf, idOf } from './identity.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 4)}\n`;

/** The API lists stopped tasks for about an hour. */
const LISTED = HOUR;
/** describe-services shows the newest messages. */
const MESSAGES = 100;

/** Prints the tasks that the API lists at `time`. */
export function printTasks(scenario: Scenario, world: World, time: number): string {
  const form = answerTime(scenario);
  const tasks = world.pods.flatMap((pod) => {
    const changes = taskChanges(pod).filter((change) => change.time <= time);
    const last = changes.at(-1);
    if (!last || (last.status === 'STOPPED' && last.time < time - LISTED)) return [];
    return [taskObject(scenario, pod, last, changes.length, form, 'ElasticNetworkInterface')];
  });
  return json({ tasks, failures: [] });
}

/** Prints the service with its messages. */
export function printServices(scenario: Scenario, world: World, time: number): string {
  const { name, namespace, deployment } = scenario;
  const form = answerTime(scenario);
  const { messages, deployments } = world.service!;
  const arn = ecsArn(`service/${namespace}/${name}`);
  const shown = messages.filter((message) => message.time <= time && message.time >= world.starts - LISTED);
  const current = deployments.findLast(({ created }) => created <= time)!;
  const isBlueGreen = deployment === 'BLUE_GREEN';
  const service = {
    serviceArn: arn,
    serviceName: name,
    clusterArn: ecsArn(`cluster/${namespace}`),
    loadBalancers: [
      {
        targetGroupArn: groupArnOf(scenario, 0),
        containerName: name,
        containerPort: scenario.port,
        ...(isBlueGreen ? { advancedConfiguration: { alternateTargetGroupArn: groupArnOf(scenario, 1) } } : {}),
      },
    ],
    status: 'ACTIVE',
    desiredCount: scenario.replicas,
    launchType: scenario.taskNetwork === 'awsvpc' ? 'FARGATE' : 'EC2',
    taskDefinition: ecsArn(`task-definition/${current.definition}`),
    deploymentConfiguration: {
      strategy: deployment,
      minimumHealthyPercent: scenario.minimumHealthyPercent,
      maximumPercent: scenario.maximumPercent,
      ...(isBlueGreen ? { bakeTimeInMinutes: Math.round(scenario.bakeSeconds / MINUTE_SECONDS) } : {}),
    },
    deployments: deployments
      .filter(({ created }) => created <= time)
      .slice(-2)
      .reverse()
      .map(({ id, definition, created }, i) => ({
        id,
        status: i === 0 ? 'PRIMARY' : 'ACTIVE',
        taskDefinition: ecsArn(`task-definition/${definition}`),
        createdAt: form(created),
        updatedAt: form(created),
      })),
    events: shown
      .slice(-MESSAGES)
      .reverse()
      .map((message, i) => ({
        id: idOf(`message ${name} ${message.time} ${i}`, 32),
        createdAt: form(message.time),
        message: message.text,
      })),
    createdAt: form(deployments[0]!.created - DAY),
    schedulingStrategy: 'REPLICA',
    healthCheckGracePeriodSeconds: 30,
  };
  return json({ services: [service], failures: [] });
}

/** Prints the current task definition. */
export function printTaskDefinition(scenario: Scenario, world: World): string {
  const { definition } = world.service!.deployments.at(-1)!;
  const [family, revision] = definition.split(':');
  const serving = { name: scenario.name, essential: true, stopTimeout: scenario.terminationGracePeriodSeconds };
  const containers = [
    { ...serving, portMappings: [{ containerPort: scenario.port, protocol: 'tcp' }] },
    ...(scenario.sidecar === 'none' ? [] : [{ name: 'telemetry', essential: true, stopTimeout: serving.stopTimeout }]),
  ];
  return json({
    taskDefinition: {
      taskDefinitionArn: ecsArn(`task-definition/${definition}`),
      containerDefinitions: containers,
      family,
      revision: Number(revision),
      networkMode: scenario.taskNetwork,
      status: 'ACTIVE',
    },
  });
}

/** Prints which instance each container instance is. */
export function printContainerInstances(scenario: Scenario, world: World): string {
  const containerInstances = world.workers.map(({ instanceId, zone }) => ({
    containerInstanceArn: containerInstanceArn(scenario, instanceId),
    ec2InstanceId: instanceId,
    status: 'ACTIVE',
    agentConnected: true,
    attributes: [{ name: 'ecs.availability-zone', value: zone }],
  }));
  return json({ containerInstances, failures: [] });
}
