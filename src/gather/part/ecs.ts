/** ECS: the services behind the target groups, their tasks, definitions and deployments, and the events that a cluster keeps. */
import { groupedCount } from '../../number/count.ts';
import { DAY, formatTime, toSeconds } from '../../time/time.ts';
import { trimEcs } from '../../watch/ecs-trim.ts';
import { pick, type Shape } from '../../watch/trim.ts';
import type { AwsAnswer } from '../aws.ts';
import { endless, partsOf } from '../gap.ts';
import { nothing, type Outcome } from '../outcome.ts';
import { scrubTaskEvent } from '../scrub.ts';
import { evidenceWindow, type Gathering } from '../step.ts';
import { cutGap, fileOfGroup, writeLogEvents } from './log-group.ts';

/** Most objects of DescribeServices; DescribeTasks takes 100, DescribeServiceDeployments 20. */
const SERVICES_OF_A_CALL = 10;
const TASKS_OF_A_CALL = 100;
const DEPLOYMENTS_OF_A_CALL = 20;
/** Hooks and alarms, which may hold secrets, stay out. */
const DEPLOYMENT: Shape = {
  ...{ serviceDeploymentArn: true, serviceArn: true, clusterArn: true, status: true, statusReason: true },
  ...{ createdAt: true, startedAt: true, updatedAt: true, finishedAt: true, stoppedAt: true },
  deploymentConfiguration: {
    strategy: true,
    minimumHealthyPercent: true,
    maximumPercent: true,
    bakeTimeInMinutes: true,
  },
};
/** Clusters of an account that are looked through. */
const MOST_CLUSTERS = 100;
const MOST_PAGES = 100;

export async function gatherEcs(gathering: Gathering): Promise<Outcome> {
  const { scope, folder } = gathering;
  // Tags name a cluster of Kubernetes: then no service of ECS is there.
  if (scope.groups.length === 0 || scope.cluster !== null) return nothing();
  const wanted = new Set(scope.groups.map(({ arn }) => arn));
  const ask = (action: string, input: AwsAnswer) => gathering.aws!.json('ecs', action, input, gathering.signal);
  const when = (): string => formatTime(gathering.now());

  // The services whose load balancers have one of the groups.
  scope.services = [];
  const services: AwsAnswer[] = [];
  const described: string[] = [];
  const clusters = await listAll('ListClusters', 'clusterArns', { maxResults: 100 }, ask);
  for (const cluster of clusters.slice(0, MOST_CLUSTERS)) {
    const arns = await listAll('ListServices', 'serviceArns', { cluster, maxResults: 100 }, ask);
    for (const some of chunks(arns, SERVICES_OF_A_CALL)) {
      const capturedAt = when();
      const answer = await ask('DescribeServices', { cluster, services: some });
      const found = objectsIn(answer.services).filter((service) => groupsOf(service).some((arn) => wanted.has(arn)));
      if (found.length === 0) continue;
      services.push(...found);
      const trimmed = found.map((service) => trimEcs('service', service));
      described.push(line({ capturedAt, services: trimmed, failures: [] }));
      scope.services.push(...found.map(({ serviceArn }) => ({ cluster, arn: String(serviceArn) })));
    }
  }
  const all = nothing();
  if (clusters.length > MOST_CLUSTERS) {
    all.gaps.push({
      what: 'services of ECS',
      reason: `the account has ${clusters.length} clusters, and ${MOST_CLUSTERS} were looked through`,
      next: 'describe the service, its tasks and deployments by hand (docs/evidence.md)',
      failed: false,
    });
  }
  if (services.length === 0) return all;

  // Their tasks: stopped ones are listed for about an hour.
  const tasks: string[] = [];
  const definitions = new Map<string, string>();
  let stopped = 0;
  const instances = new Map<string, Set<string>>();
  for (const { cluster, arn } of scope.services) {
    const serviceName = arn.split('/').at(-1);
    for (const desiredStatus of ['RUNNING', 'STOPPED']) {
      const arns = await listAll(
        'ListTasks',
        'taskArns',
        { cluster, serviceName, desiredStatus, maxResults: 100 },
        ask,
      );
      if (desiredStatus === 'STOPPED') stopped += arns.length;
      for (const some of chunks(arns, TASKS_OF_A_CALL)) {
        const capturedAt = when();
        const answer = await ask('DescribeTasks', { cluster, tasks: some });
        const found = objectsIn(answer.tasks);
        tasks.push(
          line({ capturedAt, answeredAt: when(), tasks: found.map((task) => trimEcs('task', task)), failures: [] }),
        );
        for (const { taskDefinitionArn, containerInstanceArn } of found) {
          if (typeof taskDefinitionArn === 'string') definitions.set(taskDefinitionArn, '');
          if (typeof containerInstanceArn !== 'string') continue;
          instances.set(cluster, (instances.get(cluster) ?? new Set()).add(containerInstanceArn));
        }
      }
    }
  }
  for (const service of services)
    if (typeof service.taskDefinition === 'string') definitions.set(service.taskDefinition, '');
  const tried = partsOf(all.gaps, gathering.signal);
  for (const [cluster, arns] of instances) {
    await tried('container instances of ECS', async () => {
      for (const some of chunks([...arns], TASKS_OF_A_CALL)) {
        const capturedAt = when();
        const answer = await ask('DescribeContainerInstances', { cluster, containerInstances: some });
        const found = objectsIn(answer.containerInstances).map((one) => trimEcs('instance', one));
        tasks.push(line({ capturedAt, containerInstances: found, failures: [] }));
      }
    });
  }
  await tried('task definitions of ECS', async () => {
    for (const taskDefinition of definitions.keys()) {
      const capturedAt = when();
      const { taskDefinition: found } = await ask('DescribeTaskDefinition', { taskDefinition });
      if (typeof found !== 'object' || found === null) continue;
      const trimmed = trimEcs('definition', found as AwsAnswer);
      definitions.set(taskDefinition, line({ capturedAt, taskDefinition: trimmed }));
    }
  });
  const deployments: string[] = [];
  const { from, to } = evidenceWindow(gathering);
  await tried('service deployments of ECS', async () => {
    for (const { arn: service } of scope.services) {
      const asked = { service, createdAt: { after: toSeconds(from - DAY), before: toSeconds(to) } };
      const arns = await listAll('ListServiceDeployments', 'serviceDeployments', asked, ask, 'serviceDeploymentArn');
      for (const some of chunks(arns, DEPLOYMENTS_OF_A_CALL)) {
        const capturedAt = when();
        const told = await ask('DescribeServiceDeployments', { serviceDeploymentArns: some });
        const found = objectsIn(told.serviceDeployments).map((one) => pick(one, DEPLOYMENT));
        deployments.push(line({ capturedAt, serviceDeployments: found, failures: [] }));
      }
    }
  });
  for (const [name, lines] of [
    ['services', described],
    ['tasks', tasks],
    ['task-definitions', [...definitions.values()].filter((text) => text !== '')],
    ['service-deployments', deployments],
  ] as const) {
    if (await folder.write(`ecs/${name}.jsonl`, lines)) all.files.push(`ecs/${name}.jsonl`);
  }
  if (stopped === 0) {
    all.gaps.push({
      what: 'stopped tasks of ECS',
      reason: 'AWS lists them for an hour, and lists none',
      next: 'switch on event capture of the cluster (ECS console), or record with draintrace watch --ecs',
      failed: false,
    });
  }
  return { ...all, detail: `${groupedCount(services.length, 'service')}, ${groupedCount(stopped, 'stopped task')}` };
}

export async function gatherEcsEvents(gathering: Gathering): Promise<Outcome> {
  const all = nothing();
  const counts: string[] = [];
  const clusters = new Set(gathering.scope.services.map(({ cluster }) => cluster.split('/').at(-1)!));
  for (const cluster of clusters) {
    const group = `/aws/events/ecs/containerinsights/${cluster}/performance`;
    const file = `ecs/events-${fileOfGroup(cluster)}.jsonl`;
    const what = `events of tasks in cluster ${cluster}`;
    const read = await writeLogEvents(file, { group, change: scrubTaskEvent }, gathering);
    if (read !== null && read.events > 0) {
      all.files.push(file);
      counts.push(groupedCount(read.events, 'event'));
      if (read.isCut) all.gaps.push(cutGap(what));
      continue;
    }
    const reason = read === null ? 'event capture is not switched on' : `${group} has none of the window`;
    const next = 'switch on event capture of the cluster (ECS console, cluster, Configuration)';
    all.gaps.push({ what, reason, next, failed: false });
  }
  return { ...all, detail: counts.join(', ') };
}

type Ask = (action: string, input: AwsAnswer) => Promise<AwsAnswer>;

/** Returns all elements of a list, page by page: texts, or a member of objects. */
async function listAll(action: string, key: string, input: AwsAnswer, ask: Ask, member?: string): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: unknown;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(action, { ...input, nextToken });
    if (member !== undefined) arns.push(...objectsIn(answer[key]).map((one) => String(one[member])));
    else if (Array.isArray(answer[key])) arns.push(...answer[key].map(String));
    nextToken = answer.nextToken ?? undefined;
    if (nextToken === undefined) return arns;
  }
  throw endless(action, MOST_PAGES);
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

const objectsIn = (list: unknown): AwsAnswer[] =>
  Array.isArray(list) ? list.filter((one): one is AwsAnswer => typeof one === 'object' && one !== null) : [];

/** Target groups of a service, also those that its deployments switch between. */
const groupsOf = (service: AwsAnswer): string[] =>
  objectsIn(service.loadBalancers).flatMap(({ targetGroupArn, advancedConfiguration }) => {
    const other = (advancedConfiguration as { alternateTargetGroupArn?: unknown } | undefined)?.alternateTargetGroupArn;
    return [targetGroupArn, other].filter((arn): arn is string => typeof arn === 'string');
  });

function* chunks<T>(all: readonly T[], most: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
