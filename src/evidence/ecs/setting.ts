/** Settings of services and task definitions, as the API spells them. */
import type { Setting } from '../fact.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { clusterOf, familyAndRevision, lastPart } from './name.ts';

/** A setting without its line and time. */
type Stated = Pick<Setting, 'scope' | 'subject' | 'key' | 'value'>;

/** Seconds from SIGTERM to SIGKILL where the task definition sets none. */
const DEFAULT_STOP_TIMEOUT = 30;

/** Returns what a service states; its subject is `EcsService/<cluster>/<service>`. */
export function serviceSettings(service: Record<string, unknown>, arn: string): Stated[] {
  const subject = `EcsService/${clusterOf(arn) ?? lastPart(asText(service.clusterArn) ?? '')}/${lastPart(arn)}`;
  const deployment = asObject(service.deploymentConfiguration);
  const groups = asObjects(service.loadBalancers).flatMap((one) => [
    asText(one.targetGroupArn),
    asText(asObject(one.advancedConfiguration)?.alternateTargetGroupArn),
  ]);
  const definition = asText(service.taskDefinition);
  return stated(subject, [
    ['replicas', service.desiredCount],
    ['minimumHealthyPercent', deployment?.minimumHealthyPercent],
    ['maximumPercent', deployment?.maximumPercent],
    ['strategy', deployment?.strategy],
    ['bakeTimeInMinutes', deployment?.bakeTimeInMinutes],
    ['deploymentController', asObject(service.deploymentController)?.type],
    ['healthCheckGracePeriodSeconds', service.healthCheckGracePeriodSeconds],
    ['availabilityZoneRebalancing', service.availabilityZoneRebalancing],
    ['launchType', service.launchType],
    ['taskDefinition', definition === null ? null : familyAndRevision(definition)],
    ['targetGroupARN', groups.filter((group) => group !== null).join(',') || null],
  ]);
}

/** Returns what a task definition states; its subject is `EcsTaskDefinition//<family>:<revision>`. */
export function definitionSettings(definition: Record<string, unknown>, arn: string): Stated[] {
  const containers = asObjects(definition.containerDefinitions);
  const essential = containers.filter((one) => one.essential !== false);
  const timeouts = essential.map(({ stopTimeout }) =>
    typeof stopTimeout === 'number' ? stopTimeout : DEFAULT_STOP_TIMEOUT,
  );
  const order = containers.flatMap((one) =>
    asObjects(one.dependsOn).map((on) => `${asText(one.name) ?? ''}>${asText(on.containerName) ?? ''}`),
  );
  return stated(`EcsTaskDefinition//${familyAndRevision(arn)}`, [
    ['stopTimeout', timeouts.length === 0 ? null : Math.max(...timeouts)],
    ['networkMode', definition.networkMode],
    ['containers', containers.map((one) => asText(one.name) ?? '').join(',') || null],
    ['dependsOn', order.join(',') || null],
  ]);
}

function stated(subject: string, pairs: readonly (readonly [key: string, value: unknown])[]): Stated[] {
  return pairs.flatMap(([key, value]) =>
    (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isFinite(value))
      ? [{ scope: 'workload' as const, subject, key, value: String(value) }]
      : [],
  );
}
