/** Prints all files of a simulation. */
import { formatSeconds, HOUR } from '../../time/time.ts';
import { runCluster } from '../cluster.ts';
import { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Simulation } from '../simulate.ts';
import { type Truth, TruthTeller } from '../truth.ts';
import type { World } from '../world.ts';
import { AccessLog, Objects } from './access-log.ts';
import { printAuditLog } from './audit-log.ts';
import { cloudTrailFiles } from './cloudtrail.ts';
import { printDeployments } from './code-deploy.ts';
import { printControllerLog } from './controller-log.ts';
import { printContainerInstances, printServices, printTaskDefinition, printTasks } from './ecs-answer.ts';
import { printEcsEvents } from './ecs-event.ts';
import { printEndpointSlices } from './endpoint-slice.ts';
import { ndjson, type OutFile } from './file.ts';
import { printGroupInstances } from './group-instance.ts';
import { healthCheckFiles } from './health-check-log.ts';
import { printInstanceEvents, printInstances } from './instance.ts';
import { printInstanceStatus } from './instance-status.ts';
import { printEvents } from './kubernetes-event.ts';
import { printMetrics } from './metric.ts';
import { printKarpenterLog, printNodeEvents, printNodes, printNodeWatch, printServiceList } from './node.ts';
import { formatTimedWatch, printPodSnapshot, printWatch } from './pod-watch.ts';
import { printActivities, printGroupEvents } from './scaling-activity.ts';
import { settingFiles } from './setting.ts';
import { printTargetHealth, printTargetSnapshot } from './target-health.ts';

export interface Written {
  files: OutFile[];
  requests: number;
  truths: Truth[];
}

/** Iterates the requests once and returns all files: `logs/`, `evidence/`, truth.ndjson and the scenario itself. */
export function writeSimulation(simulation: Simulation): Written {
  const { scenario, world, seed } = simulation;
  const log = new AccessLog(scenario, world.albNodes, seed);
  const teller = new TruthTeller(scenario, world);
  const objects = new Objects();
  const truths: Truth[] = [];
  let requests = 0;
  for (const exchange of simulation.exchanges) {
    const traceId = log.traceId(exchange, requests++);
    objects.add(log.key(exchange.wish.albNode, exchange.time), exchange.time, log.line(exchange, traceId));
    const truth = teller.tell(exchange, traceId);
    if (truth) truths.push(truth);
  }
  const files = [...objects.texts()].map(([key, text]): OutFile => ({ path: `logs/${key}`, text }));
  for (const { path, text } of evidenceFiles(simulation, log)) files.push({ path: `evidence/${path}`, text });
  files.push(
    { path: 'truth.ndjson', text: ndjson(truths) },
    // Not loaded as evidence: for import into a Prometheus server.
    ...(isOfPods(scenario) ? [{ path: 'openmetrics.txt', text: printMetrics(scenario, world).openMetrics }] : []),
    { path: 'scenario.json', text: `${JSON.stringify(scenario, null, 2)}\n` },
  );
  return { files, requests, truths };
}

/** Puts each kind of evidence in its own folder, so that any kind can be left out. */
function evidenceFiles(simulation: Simulation, log: AccessLog): OutFile[] {
  const { scenario, world, health } = simulation;
  const { pollSeconds } = scenario;
  return [
    ...(scenario.targets === 'tasks' ? taskFiles(scenario, world) : []),
    ...(scenario.targets === 'instances' ? instanceFiles(scenario, world) : []),
    ...(isOfPods(scenario) ? podFiles(simulation) : []),
    ...(scenario.targets === 'node_ports' ? nodeFiles(scenario, world) : []),
    { path: 'target-health/targets.json', text: printTargetHealth(scenario, world, health, pollSeconds) },
    // The same path as in the README.
    { path: 'target-health-5s/targets.json', text: printTargetHealth(scenario, world, health, 5) },
    { path: 'snapshot/targets.json', text: printTargetSnapshot(scenario, world, health) },
    ...below('cloudtrail', cloudTrailFiles(scenario, world)),
    ...below('health-check', healthCheckFiles(scenario, world, health, log)),
    ...below('setting', settingFiles(scenario)),
  ];
}

const isOfPods = ({ targets }: Scenario): boolean => targets === 'pods' || targets === 'node_ports';

const below = (folder: string, files: readonly OutFile[]): OutFile[] =>
  files.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));

const stampOf = (time: number): string => formatSeconds(time).replaceAll(':', '-');

function podFiles({ scenario, world, seed }: Simulation): OutFile[] {
  const taken = stampOf(world.captured);
  const asked = stampOf(world.snapshot);
  const other = scenario.otherCluster ? printOtherCluster(scenario, seed) : null;
  return [
    { path: `kubectl/pods@${taken}.json`, text: printWatch(scenario, world) },
    { path: 'watch/pods.jsonl', text: formatTimedWatch(scenario, world) },
    { path: `controller/${controllerLogName(scenario, taken)}`, text: printControllerLog(scenario, world) },
    { path: 'event/events.json', text: printEvents(scenario, world) },
    { path: `endpoint-slice/endpointslices@${taken}.json`, text: printEndpointSlices(scenario, world) },
    { path: 'audit/audit.log', text: printAuditLog(scenario, world) },
    { path: 'metric/answers.json', text: printMetrics(scenario, world).answers },
    { path: 'contradiction/pods.csv', text: printWrongPods(scenario, world) },
    { path: `snapshot/pods@${asked}.json`, text: printPodSnapshot(scenario, world) },
    { path: 'snapshot/events.json', text: printEvents(scenario, world, world.snapshot) },
    ...(other ? [{ path: `kubectl/other-cluster-pods@${taken}.json`, text: other }] : []),
  ];
}

/** Evidence of nodes, beside that of the pods behind their ports. */
function nodeFiles(scenario: Scenario, world: World): OutFile[] {
  const taken = stampOf(world.captured);
  const asked = stampOf(world.snapshot);
  return [
    { path: `node/nodes@${taken}.json`, text: printNodeWatch(scenario, world) },
    { path: `node/services@${taken}.json`, text: printServiceList(scenario, world) },
    { path: 'node-event/events.json', text: printNodeEvents(scenario, world, world.captured) },
    { path: 'node-event/karpenter.log', text: printKarpenterLog(scenario, world) },
    { path: 'node-event/ec2.jsonl', text: printInstanceEvents(scenario, world) },
    { path: 'instance/before.json', text: printInstances(scenario, world, world.starts) },
    { path: 'snapshot/instances.json', text: printInstances(scenario, world, world.snapshot) },
    { path: `snapshot/nodes@${asked}.json`, text: printNodes(scenario, world, world.snapshot) },
    { path: `snapshot/services@${asked}.json`, text: printServiceList(scenario, world) },
    { path: 'snapshot/node-events.json', text: printNodeEvents(scenario, world, world.snapshot) },
  ];
}

function taskFiles(scenario: Scenario, world: World): OutFile[] {
  const taken = stampOf(world.captured);
  const asked = stampOf(world.snapshot);
  const isBridge = scenario.taskNetwork === 'bridge';
  return [
    { path: 'ecs-event/events.jsonl', text: printEcsEvents(scenario, world) },
    { path: `ecs-task/tasks@${asked}.json`, text: printTasks(scenario, world, world.snapshot) },
    { path: `ecs-service/services@${taken}.json`, text: printServices(scenario, world, world.captured) },
    { path: `ecs-service/task-definition@${taken}.json`, text: printTaskDefinition(scenario, world) },
    ...(isBridge
      ? [
          { path: `instance/container-instances@${taken}.json`, text: printContainerInstances(scenario, world) },
          { path: 'instance/before.json', text: printInstances(scenario, world, world.starts) },
        ]
      : []),
  ];
}

function instanceFiles(scenario: Scenario, world: World): OutFile[] {
  const deployments = printDeployments(scenario, world, world.captured);
  return [
    { path: 'instance/before.json', text: printGroupInstances(scenario, world, world.starts) },
    { path: 'instance-after/instances.json', text: printGroupInstances(scenario, world, world.captured) },
    { path: 'activity/activities.json', text: printActivities(scenario, world, world.captured) },
    { path: 'instance-event/events.jsonl', text: printGroupEvents(scenario, world) },
    ...(deployments === '' ? [] : [{ path: 'deployment/targets.jsonl', text: deployments }]),
    { path: 'instance-status/statuses.jsonl', text: printInstanceStatus(world) },
    { path: 'snapshot/instances.json', text: printGroupInstances(scenario, world, world.snapshot) },
    { path: 'snapshot/activities.json', text: printActivities(scenario, world, world.snapshot) },
  ];
}

/** Log lines of version 1 lack the year, so the file's name has it. */
const controllerLogName = ({ controllerLog }: Scenario, taken: string): string =>
  controllerLog === 'v1' ? `alb-ingress-controller@${taken}.log` : 'aws-load-balancer-controller.log';

/** Prints the pods of another cluster, which uses the same addresses, and often the same namespaces. */
function printOtherCluster(scenario: Scenario, seed: number): string {
  const namespace = new Random(seed, 'other cluster').chance(0.5) ? scenario.namespace : 'billing';
  const other = { ...scenario, name: 'billing', namespace, incidents: [], otherCluster: false };
  return printWatch(other, runCluster(other, seed + 1));
}

/** Prints a hand-written list of pods, with times an hour off. */
function printWrongPods({ namespace }: Scenario, world: World): string {
  const shown = (time: number | null): string => (time === null ? '' : formatSeconds(time + HOUR));
  const rows = world.pods
    .filter(({ isTarget, ip, deleted }) => isTarget && ip !== '' && deleted !== null && deleted <= world.captured)
    .map((pod) => [namespace, pod.name, pod.ip, shown(pod.created), shown(pod.deleted), shown(pod.exited)].join(','));
  return `${['namespace,pod,ip,created_at,deleted_at,finished_at', ...rows].join('\n')}\n`;
}
