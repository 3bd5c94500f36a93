/** Prints a task of ECS as its API and its events show it at one time. */
import { formatMillis, HOUR, SECOND_MS, toMillis } from '../../time/time.ts';
import type { Scenario } from '../scenario.ts';
import type { Pod } from '../world.ts';
import { ACCOUNT, ecsArn, idOf, REGION } from './identity.ts';

/** A change of a task, in the order in which they happen. */
export interface TaskChange {
  time: number;
  status: string;
}

/** Returns all changes of a task. */
export function taskChanges(pod: Pod): TaskChange[] {
  const task = pod.task!;
  const stopped = task.executionStopped === null ? null : Math.max(task.executionStopped, task.stopping ?? 0) + 400_000;
  const changes: [string, number | null][] = [
    ['PROVISIONING', pod.created],
    ['PENDING', task.pending],
    ['ACTIVATING', task.activating],
    ['RUNNING', pod.ready === null ? null : pod.started],
    ['DEACTIVATING', task.activating === null ? null : task.stopping],
    ['STOPPING', task.way === 'own end' ? null : pod.terminated],
    ['DEPROVISIONING', stopped],
    ['STOPPED', pod.gone],
  ];
  return changes.flatMap(([status, time]) => (time === null || !Number.isFinite(time) ? [] : [{ status, time }]));
}

/** How a source prints a time in microseconds. */
export type TimeForm = (time: number) => unknown;

/** EventBridge prints milliseconds without the zeros at their end. */
export const eventTime: TimeForm = (time) => formatMillis(time).replace(/\.?0+Z$/, 'Z');

/** The command line prints seconds with a fraction, or from version 2 on microseconds in local time. */
export const answerTime = ({ controllerLog }: Pick<Scenario, 'controllerLog'>): TimeForm =>
  controllerLog === 'epoch'
    ? (time) => Math.floor(toMillis(time)) / SECOND_MS
    : (time) => `${formatMillis(time + 2 * HOUR).slice(0, -1)}000+02:00`;

export const taskArnOf = ({ namespace }: Scenario, pod: Pod): string => ecsArn(`task/${namespace}/${pod.name}`);

export const containerInstanceArn = ({ namespace }: Scenario, instanceId: string): string =>
  ecsArn(`container-instance/${namespace}/${idOf(instanceId, 32)}`);

/** Returns the task after `change`, its `version`th one. */
export function taskObject(
  scenario: Scenario,
  pod: Pod,
  change: TaskChange,
  version: number,
  form: TimeForm,
  interfaceType: 'eni' | 'ElasticNetworkInterface',
): Record<string, unknown> {
  const task = pod.task!;
  const { time, status } = change;
  const isFargate = !pod.isHostNetwork;
  const arn = taskArnOf(scenario, pod);
  const attachment = idOf(`eni ${pod.name}`, 32);
  const at = (moment: number | null) => (moment !== null && moment <= time ? form(moment) : undefined);
  const clock = pod.worker.clock;
  const isStopping = task.stopping !== null && task.stopping <= time;
  const isOver = status === 'STOPPED' || status === 'DEPROVISIONING';
  const hasAddress = isFargate && status !== 'PROVISIONING';
  const containers = task.containers.map((container) => ({
    containerArn: ecsArn(`container/${scenario.namespace}/${pod.name}/${idOf(`${pod.name} ${container.name}`, 32)}`),
    taskArn: arn,
    name: container.name,
    image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${container.name}:${task.definition.split(':')[1]}`,
    runtimeId: `${pod.name}-${idOf(container.name, 8)}`,
    lastStatus: isOver ? 'STOPPED' : status === 'RUNNING' || isStopping ? 'RUNNING' : 'PENDING',
    ...(isOver && container.exitCode !== null ? { exitCode: container.exitCode } : {}),
    ...(isOver && container.reason !== null ? { reason: container.reason } : {}),
    networkBindings:
      isFargate || !container.serves || pod.ready === null
        ? []
        : [{ bindIP: '0.0.0.0', containerPort: scenario.port, hostPort: pod.port, protocol: 'tcp' }],
    networkInterfaces: hasAddress ? [{ attachmentId: attachment, privateIpv4Address: pod.ip }] : [],
    cpu: '0',
  }));
  const details = [
    { name: 'subnetId', value: `subnet-${idOf(pod.worker.zone, 17)}` },
    { name: 'networkInterfaceId', value: `eni-${idOf(pod.ip, 17)}` },
    { name: 'privateDnsName', value: `ip-${pod.ip.replaceAll('.', '-')}.${REGION}.compute.internal` },
    { name: 'privateIPv4Address', value: pod.ip },
  ];
  const state = isOver ? 'DELETED' : hasAddress ? 'ATTACHED' : 'PRECREATED';
  return {
    attachments: isFargate
      ? [{ id: attachment, type: interfaceType, status: state, details: hasAddress ? details : [] }]
      : [],
    availabilityZone: pod.worker.zone,
    clusterArn: ecsArn(`cluster/${scenario.namespace}`),
    connectivity: 'CONNECTED',
    ...(isFargate ? {} : { containerInstanceArn: containerInstanceArn(scenario, pod.worker.instanceId) }),
    containers,
    cpu: '512',
    memory: '1024',
    createdAt: form(pod.created),
    startedAt: pod.ready === null ? undefined : at(pod.started),
    stoppingAt: at(task.stopping),
    executionStoppedAt:
      isOver && task.executionStopped !== null ? form(Math.min(task.executionStopped + clock, time)) : undefined,
    stoppedAt: status === 'STOPPED' ? form(time) : undefined,
    updatedAt: interfaceType === 'eni' ? form(time) : undefined,
    desiredStatus: isStopping ? 'STOPPED' : 'RUNNING',
    lastStatus: status,
    ...(isStopping ? { stopCode: task.stopCode, stoppedReason: task.stoppedReason } : {}),
    group: `service:${task.service}`,
    startedBy: task.deployment,
    launchType: isFargate ? 'FARGATE' : 'EC2',
    ...(isFargate ? { platformVersion: '1.4.0' } : {}),
    taskArn: arn,
    taskDefinitionArn: ecsArn(`task-definition/${task.definition}`),
    version,
  };
}
