/** Services of ECS with their task definitions and target groups. */
import { THRESHOLD } from '../report/threshold.ts';
import { attributesOfGroup, isForApplicationBalancer, type Stated } from './attribute.ts';
import type { ManifestField } from './field.ts';
import type { Inventory } from './inventory.ts';

/** Seconds from SIGTERM to SIGKILL where the task definition sets none, and most of them on Fargate. */
export const STOP_TIMEOUT = { default: 30, most: 120 } as const;

/** One way of requests from a load balancer to the tasks of a service. */
export interface EcsRoute {
  name: string;
  cluster: string | null;
  service: ManifestField;
  /** Null where it is not among the documents. */
  definition: ManifestField | null;
  /** The container that the load balancer sends requests to. */
  serving: ManifestField | null;
  targetGroupArn: string;
  /** Null where the attributes of the group are not given. */
  delay: Stated<number> | null;
  stopTimeout: Stated<number> | null;
  isFargate: boolean;
  isSpot: boolean;
  /** Tasks are replaced in place, not beside a second target group. */
  isRolling: boolean;
}

/** Returns the routes to services, and services whose definition is not given. */
export function findEcsRoutes(inventory: Inventory): EcsRoute[] {
  return inventory.ecsServices.flatMap((service) => {
    const wanted = service.at('taskDefinition').text() ?? '';
    const definition = inventory.taskDefinitions.find((one) => isDefinition(one, wanted)) ?? null;
    return service
      .at('loadBalancers')
      .items()
      .flatMap((balancer): EcsRoute[] => {
        const arn = balancer.at('targetGroupArn').text();
        if (arn === null) return [];
        const group = inventory.targetGroups.find((one) => one.at('TargetGroupArn').text() === arn);
        if (group && !isForApplicationBalancer(group)) return [];
        const containers = definition?.at('containerDefinitions').items() ?? [];
        const container = balancer.at('containerName').text();
        const serving = containers.find((one) => one.at('name').text() === container) ?? null;
        const delay = attributesOfGroup(inventory, arn)?.values.get('deregistration_delay.timeout_seconds');
        const seconds = delay?.number() ?? null;
        const providers = service
          .at('capacityProviderStrategy')
          .items()
          .filter((one) => one.at('weight').number() !== 0 || (one.at('base').number() ?? 0) > 0)
          .map((one) => one.at('capacityProvider').text());
        const strategy = service.at('deploymentConfiguration', 'strategy').text() ?? 'ROLLING';
        const controller = service.at('deploymentController', 'type').text() ?? 'ECS';
        return [
          {
            name: service.at('serviceName').text() ?? '',
            cluster: (service.at('clusterArn').text() ?? service.at('cluster').text())?.split('/').at(-1) ?? null,
            service,
            definition,
            serving,
            targetGroupArn: arn,
            delay: delay && seconds !== null ? { value: seconds, field: delay, isStated: true } : null,
            stopTimeout: serving === null ? null : stopTimeoutOf(serving),
            isFargate: isForFargate(definition, service),
            isSpot: providers.includes('FARGATE_SPOT'),
            isRolling: strategy === 'ROLLING' && controller === 'ECS',
          },
        ];
      });
  });
}

/** Returns the stopTimeout of a container. */
export function stopTimeoutOf(container: ManifestField): Stated<number> {
  const field = container.at('stopTimeout');
  const seconds = field.number();
  return seconds === null
    ? { value: STOP_TIMEOUT.default, field: container, isStated: false }
    : { value: seconds, field, isStated: true };
}

/** Returns whether tasks run on Fargate alone, as far as the documents say. */
export function isForFargate(definition: ManifestField | null, service: ManifestField | null): boolean {
  if (service?.at('launchType').text() === 'FARGATE') return true;
  const required =
    definition
      ?.at('requiresCompatibilities')
      .items()
      .map((one) => one.text()) ?? [];
  return required.length > 0 && required.every((one) => one === 'FARGATE');
}

/** Compares `family:revision`, `family` or the ARN. */
function isDefinition(definition: ManifestField, wanted: string): boolean {
  const arn = definition.at('taskDefinitionArn').text();
  if (arn !== null && arn === wanted) return true;
  const [family, revision] = (wanted.split('/').at(-1) ?? '').split(':');
  const own = definition.at('revision').text();
  return definition.at('family').text() === family && (revision === undefined || own === null || own === revision);
}

/** Returns the containers that stop after the one that serves: those that it depends on, directly or over others. */
export function stopAfter(definition: ManifestField, serving: ManifestField): Set<string> {
  const containers = definition.at('containerDefinitions').items();
  const found = new Set<string>();
  const open = [serving.at('name').text() ?? ''];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const own = containers.find((one) => one.at('name').text() === name);
    for (const dependency of own?.at('dependsOn').items() ?? []) {
      const other = dependency.at('containerName').text();
      if (other === null || found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return found;
}

/** The default of AWS, which is in force where nobody changed it. */
export const DEFAULT_DELAY = THRESHOLD.default_delay_seconds;
