/** Lints texts: reads the documents, joins their objects, and returns the findings in the order of the files. */
import { checkDefinition, checkEcs } from './check-ecs.ts';
import { checkGroup } from './check-group.ts';
import { checkEnd, checkHooks } from './check-pod.ts';
import { checkRollout } from './check-rollout.ts';
import { type InputText, readDocuments, type Trouble } from './document.ts';
import { findEcsRoutes } from './ecs.ts';
import type { LinePlace } from './field.ts';
import type { LintFinding } from './finding.ts';
import { titleOf } from './identity.ts';
import { takeInventory } from './inventory.ts';
import { findRoutes, type Route } from './route.ts';
import { SEVERITIES } from './rule.ts';
import { type Measured, NODE_PORT_WINDOW, type RoutingWindow, routingWindowOf } from './window.ts';

export interface Linted {
  findings: LintFinding[];
  /** Documents that could not be read. */
  troubles: Trouble[];
  /** Gaps of the join: what was not judged, and what would make it so. */
  notes: { place: LinePlace; message: string }[];
  /** Objects that were recognised. */
  objects: number;
  /** Workloads and services that a load balancer leads to. */
  judged: number;
  /** Documents of other kinds. */
  others: LinePlace[];
}

/** Returns the findings of texts that belong together. */
export function lint(inputs: readonly InputText[], measured: Measured): Linted {
  const inventory = takeInventory(inputs.map(readDocuments));
  const { routes, openEnds } = findRoutes(inventory);
  const ecsRoutes = findEcsRoutes(inventory);
  const notes = openEnds.map(({ field, message }) => ({ place: field.place, message }));
  const findings: LintFinding[] = [];
  const judged = new Set<string>();
  for (const workload of inventory.workloads) {
    const at = workload.field.at('metadata', 'name').place;
    const own = routes.filter((route) => route.workload === workload);
    if (!workload.isWhole) {
      if (workload.pod.exists)
        notes.push({
          place: at,
          message: `${titleOf(workload)} is a patch: lint the output of kustomize or helm instead`,
        });
      continue;
    }
    findings.push(...checkHooks(workload));
    if (own.length > 0) judged.add(titleOf(workload));
    for (const route of own) findings.push(...checkRoute(route, measured));
  }
  const [alone] = inventory.workloads;
  if (alone && routes.length === 0 && openEnds.length === 0)
    notes.push({
      place: alone.field.at('metadata', 'name').place,
      message:
        'No Ingress for an Application Load Balancer and no TargetGroupBinding is among the manifests: only hooks are judged. Give them too',
    });
  for (const definition of inventory.taskDefinitions) findings.push(...checkDefinition(definition));
  for (const route of ecsRoutes) {
    judged.add(`EcsService ${route.cluster ?? ''}/${route.name}`);
    findings.push(...checkEcs(route, inventory, measured));
    const missing = [
      route.definition === null ? 'its task definition (aws ecs describe-task-definition)' : null,
      route.delay === null ? 'the attributes of its target group (aws elbv2 describe-target-group-attributes)' : null,
    ].filter((one) => one !== null);
    if (missing.length > 0)
      notes.push({
        place: route.service.at('serviceName').place,
        message: `EcsService ${route.name} is judged without ${missing.join(' and ')}`,
      });
  }
  for (const service of inventory.ecsServices) {
    if (ecsRoutes.some((route) => route.service === service)) continue;
    const message = `EcsService ${service.at('serviceName').text() ?? ''} has no target group of an Application Load Balancer: it is not judged`;
    notes.push({ place: service.at('serviceName').place, message });
  }
  if (inventory.taskDefinitions.length > 0 && inventory.ecsServices.length === 0)
    notes.push({
      place: inventory.taskDefinitions[0]!.place,
      message: 'Task definitions are judged with their service (aws ecs describe-services), which is not given',
    });
  return {
    findings: inOrder(findings),
    troubles: inventory.troubles,
    notes,
    objects: inventory.recognised,
    judged: judged.size,
    others: inventory.others,
  };
}

function checkRoute(route: Route, measured: Measured): LintFinding[] {
  const { workload, targetType } = route;
  const window: RoutingWindow =
    targetType.value === 'instance'
      ? NODE_PORT_WINDOW
      : routingWindowOf(measured, { name: workload.name, namespace: workload.namespace, isEcs: false });
  // A binding without a target type may be to nodes or to pods: what is said of both is said.
  const isKnown = targetType.value === 'ip' || targetType.value === 'instance';
  return [
    ...(isKnown ? checkEnd(route, window) : checkEnd(route, NODE_PORT_WINDOW)),
    ...checkRollout(route),
    ...checkGroup(route, window, measured),
  ];
}

/** Several ways to one pod say the same of it: once is enough. */
function inOrder(findings: readonly LintFinding[]): LintFinding[] {
  const seen = new Set<string>();
  const unique = findings.filter(({ rule, place, subject }) => {
    const key = `${rule} ${place.file}:${place.line}:${place.column} ${subject}`;
    return seen.has(key) ? false : seen.add(key);
  });
  const files = [...new Set(unique.map(({ place }) => place.file))];
  return unique.sort(
    (a, b) =>
      files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
      a.place.line - b.place.line ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}
