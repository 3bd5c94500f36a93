/** Names in the ARNs of ECS. */

/** Returns what comes last in an ARN: the id of a task or a container instance, the name of a cluster or a service. */
export const lastPart = (arn: string): string => arn.split('/').at(-1)!;

/** Returns the cluster of a task, a service or a container instance; null where the ARN is of the old form, which has none. */
export function clusterOf(arn: string): string | null {
  const parts = arn.split('/');
  return parts.length >= 3 ? parts[1]! : null;
}

/** Returns `family:revision` of a task definition. */
export const familyAndRevision = (arn: string): string => lastPart(arn);

/** Returns the ARN of a task from that of its service, which has the cluster; null where the service's is of the old form. */
export function taskArn(serviceArn: string, taskId: string): string | null {
  const cluster = clusterOf(serviceArn);
  const prefix = /^(.*):service\//.exec(serviceArn)?.[1];
  return cluster === null || prefix === undefined ? null : `${prefix}:task/${cluster}/${taskId}`;
}

/** The owner of a task of a service, as a fact spells its kind. */
export const OWNER_KIND = 'EcsService';
