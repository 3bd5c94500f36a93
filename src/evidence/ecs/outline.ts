/** Recognises records and answers of ECS by their outlines. */
import type { Outline } from '../json-outline.ts';

const has = (outline: Outline, paths: readonly string[]): boolean => paths.every((path) => outline.has(path));

/** An EventBridge event of ECS; a call that CloudTrail tells of has the same source, and another type. */
const isEnvelope = (outline: Outline, at: string): boolean =>
  outline.get(`${at}source`) === 'aws.ecs' && outline.get(`${at}detail-type`)?.startsWith('ECS ') === true;

/** A task, whole or its head: the ARN of its own comes late. */
const isTaskOutline = (outline: Outline, at: string): boolean =>
  has(outline, [`${at}taskArn`, `${at}lastStatus`]) ||
  has(outline, [`${at}clusterArn`, `${at}attachments[].details`, `${at}availabilityZone`]) ||
  has(outline, [`${at}clusterArn`, `${at}containers[].containerArn`]);

/** An entry of the action log of a cluster (vended log ACTION_LOGS). */
const isActionLog = (outline: Outline, at: string): boolean =>
  has(outline, [`${at}logLevel`, `${at}detail.eventName`]) &&
  (outline.has(`${at}eventTimestamp`) || outline.has(`${at}timestamp`));

/** One event, or one task or container instance as the detail of an event has it. */
export const isEcsEventOutline = (outline: Outline, at = ''): boolean =>
  isEnvelope(outline, at) ||
  isActionLog(outline, at) ||
  isTaskOutline(outline, at) ||
  (has(outline, [`${at}containerInstanceArn`, `${at}agentConnected`]) && !outline.has(`${at}taskArn`));

/** The objects of the tools for PowerShell, whole or a list or one that was taken out. */
const isPowerShell = (outline: Outline): boolean =>
  ['Tasks[].', '[].', ''].some((at) => has(outline, [`${at}TaskArn`, `${at}ClusterArn`])) ||
  ['Services[].', '[].', ''].some((at) => has(outline, [`${at}ServiceArn`, `${at}ClusterArn`])) ||
  has(outline, ['ContainerInstances[].ContainerInstanceArn', 'ContainerInstances[].AgentConnected']);

/**
 * Answers of describe-tasks, -services, -task-definition, -container-instances and -service-deployments, and of calls that answer
 * in their shape.
 */
export const isEcsDescriptionOutline = (outline: Outline): boolean =>
  isTaskOutline(outline, 'tasks[].') ||
  has(outline, ['tasks[].attachments[].details']) ||
  isPowerShell(outline) ||
  has(outline, ['services[].serviceArn', 'services[].clusterArn']) ||
  has(outline, ['service.serviceArn', 'service.clusterArn']) ||
  has(outline, ['taskDefinition.taskDefinitionArn', 'taskDefinition.containerDefinitions']) ||
  has(outline, ['containerInstances[].containerInstanceArn', 'containerInstances[].agentConnected']) ||
  outline.has('serviceDeployments[].serviceDeploymentArn') ||
  has(outline, ['failures[].arn', 'failures[].reason']) ||
  (outline.has('failures') &&
    ['tasks', 'services', 'containerInstances', 'serviceDeployments'].some((list) => outline.has(list)));
