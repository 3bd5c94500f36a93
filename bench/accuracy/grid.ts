/** Lists the incidents to generate, and the sets of evidence that the program gets. */
import { namedScenario, scenarioNames } from '../../src/command/scenario.ts';
import { checkScenario, overrideScenario } from '../../src/simulate/check.ts';
import { Random } from '../../src/simulate/random.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { drawn, KINDS } from './kind.ts';
import { INSTANCE_KINDS } from './kind-instance.ts';
import { NODE_KINDS } from './kind-node.ts';
import { TASK_KINDS } from './kind-task.ts';
import type { Bar } from './score.ts';

/** Kinds of targets, each with its own incidents and evidence. */
export type Family = Scenario['targets'];

/** Seeds of a family for each seed asked: one incident of tasks or node ports fails few requests, and a share needs many. */
export const SEEDS_FOR_ONE: Readonly<Record<Family, number>> = { pods: 1, tasks: 3, node_ports: 3, instances: 3 };

export interface EvidenceSet {
  title: string;
  family: Family;
  /** Folders of `evidence/`. */
  folders: readonly string[];
  bar: Bar;
}

const PRECISION = 0.995;

/** Sets of evidence that real teams have. */
export const EVIDENCE_SETS: Readonly<Record<string, EvidenceSet>> = {
  full: {
    family: 'pods',
    title: 'everything',
    folders: [
      'kubectl',
      'target-health',
      'controller',
      'event',
      'endpoint-slice',
      'audit',
      'metric',
      'cloudtrail',
      'health-check',
      'setting',
    ],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  readme: {
    family: 'pods',
    title: "the README's recipe: a watch of the pods, target health every 5 s, and the controller's log",
    folders: ['kubectl', 'target-health-5s', 'controller'],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'no-kubectl': {
    family: 'pods',
    title: 'everything except a watch with kubectl',
    folders: ['target-health', 'controller', 'event', 'audit', 'metric', 'cloudtrail', 'health-check', 'setting'],
    bar: { precision: PRECISION },
  },
  prometheus: { family: 'pods', title: 'only kube-state-metrics', folders: ['metric'], bar: { precision: PRECISION } },
  cloudtrail: { family: 'pods', title: 'only CloudTrail', folders: ['cloudtrail'], bar: { precision: PRECISION } },
  controller: {
    family: 'pods',
    title: "only the controller's log",
    folders: ['controller'],
    bar: { precision: PRECISION },
  },
  snapshot: {
    family: 'pods',
    title: 'a listing of pods, Events and target health about ten minutes later',
    folders: ['snapshot'],
    bar: { precision: PRECISION, settled: 0.5 },
  },
  'still-there': {
    family: 'pods',
    title: 'what is still there about ten minutes later: a listing of pods, Events, target health, and CloudTrail',
    folders: ['snapshot', 'cloudtrail'],
    bar: { precision: 0.999, settled: 0.5, noEvidence: 0.2 },
  },
  contradicted: {
    family: 'pods',
    title: "a watch and the controller's log, and a list of pods with times that are an hour off",
    folders: ['watch', 'controller', 'contradiction'],
    bar: { precision: PRECISION },
  },
  nothing: {
    family: 'pods',
    title: 'only the access logs',
    folders: [],
    bar: { precision: PRECISION, likely: { precision: 0.95, covers: 0.7 } },
  },
  ecs: {
    family: 'tasks',
    title: 'ECS: everything',
    folders: ['ecs-event', 'ecs-service', 'target-health', 'cloudtrail', 'health-check', 'setting', 'instance'],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'ecs-events': {
    family: 'tasks',
    title: 'ECS: events of tasks, and the instances',
    folders: ['ecs-event', 'instance'],
    bar: { precision: PRECISION },
  },
  'ecs-later': {
    family: 'tasks',
    title: 'ECS: describe-tasks some minutes later, and the instances',
    folders: ['ecs-task', 'instance'],
    bar: { precision: PRECISION },
  },
  'ecs-polls': {
    family: 'tasks',
    title: 'ECS: only target health every 5 s',
    folders: ['target-health-5s'],
    bar: { precision: PRECISION },
  },
  'ecs-nothing': {
    family: 'tasks',
    title: 'ECS: only the access logs',
    folders: [],
    bar: { precision: PRECISION, likely: { precision: 0.95, covers: 0.7 } },
  },
  nodes: {
    family: 'node_ports',
    title: 'node ports: everything',
    folders: [
      'kubectl',
      'endpoint-slice',
      'event',
      'node',
      'node-event',
      'instance',
      'target-health',
      'controller',
      'cloudtrail',
      'health-check',
      'setting',
    ],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'node-events': {
    family: 'node_ports',
    title: 'node ports: Events, the log of Karpenter, events of EC2, and the instances',
    folders: ['event', 'node-event', 'instance'],
    bar: { precision: PRECISION },
  },
  'nodes-later': {
    family: 'node_ports',
    title: 'node ports: a listing of nodes, pods, Events and target health some minutes later',
    folders: ['snapshot'],
    bar: { precision: PRECISION },
  },
  'node-polls': {
    family: 'node_ports',
    title: 'node ports: target health every 5 s, and the instances',
    folders: ['target-health-5s', 'instance'],
    bar: { precision: PRECISION },
  },
  'node-nothing': {
    family: 'node_ports',
    title: 'node ports: only the access logs',
    folders: [],
    bar: { precision: PRECISION },
  },
  asg: {
    family: 'instances',
    title: 'EC2 with Auto Scaling: everything',
    folders: [
      'instance',
      'instance-after',
      'instance-event',
      'instance-status',
      'activity',
      'deployment',
      'target-health',
      'cloudtrail',
      'health-check',
      'setting',
    ],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'asg-recipe': {
    family: 'instances',
    title:
      'EC2 with Auto Scaling, the recipe: target health every 5 s, instances, events, CloudTrail, scaling activities',
    folders: ['instance', 'instance-after', 'instance-event', 'activity', 'cloudtrail', 'target-health-5s', 'setting'],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'asg-polls': {
    family: 'instances',
    title: 'EC2 with Auto Scaling: target health every 5 s, and the instances before',
    folders: ['target-health-5s', 'instance'],
    bar: { precision: PRECISION },
  },
  'asg-snapshot': {
    family: 'instances',
    title: 'EC2 with Auto Scaling: instances, activities and target health as they are some minutes later',
    folders: ['snapshot'],
    bar: { precision: PRECISION },
  },
  'asg-nothing': {
    family: 'instances',
    title: 'EC2 with Auto Scaling: nothing but the access logs',
    folders: [],
    bar: { precision: PRECISION, likely: { precision: 0.95, covers: 0.7 } },
  },
};

export interface Incident {
  /** Also names its load balancer, namespace and folder. */
  id: string;
  kind: string;
  seed: number;
  scenario: Scenario;
}

/** `rollout-ordered` has no intended failure; `rollouts` repeats `rollout` three times. */
const LEFT_OUT = new Set(['rollout-ordered', 'rollouts']);

/** The scenarios that come with the program, with few requests. */
const SAMPLES = scenarioNames().filter((name) => !LEFT_OUT.has(name));

const POD_KINDS = [...Object.keys(KINDS), ...SAMPLES.map((name) => `sample/${name}`)];

const STORIES = { ...KINDS, ...TASK_KINDS, ...NODE_KINDS, ...INSTANCE_KINDS };

export const FAMILIES = ['pods', 'tasks', 'node_ports', 'instances'] as const;

/** Returns the names of the kinds of incidents of a family. */
export const kindNames = (family: Family = 'pods'): string[] =>
  family === 'pods' ? POD_KINDS : Object.keys(KINDS_OF[family]);

const KINDS_OF = { tasks: TASK_KINDS, node_ports: NODE_KINDS, instances: INSTANCE_KINDS } as const;

/** Place of a kind in its family; families are a hundred apart. */
function numberOf(kind: string): number {
  const at = FAMILIES.findIndex((family) => kindNames(family).includes(kind));
  return at * 100 + kindNames(FAMILIES[at]).indexOf(kind);
}

/**
 * Returns one incident of each kind for each seed from `first` to `seeds`, and for the first seed one of each sample, each with
 * its own names, addresses and day.
 */
export function incidents(seeds: number, among: readonly string[] = kindNames(), first = 1): Incident[] {
  const all: Incident[] = [];
  for (let round = first; round <= seeds; round++) {
    for (const kind of among) {
      const isSample = kind.startsWith('sample/');
      if (isSample && round > 1) continue;
      const number = all.length;
      const id = `inc-${String(number).padStart(3, '0')}`;
      const day = new Date(Date.UTC(2026, 3, 1) + number * 86_400_000).toISOString().slice(0, 10);
      // The seed depends on the kind, so an incident stays the same whatever else is requested.
      const seed = 1000 * round + numberOf(kind);
      const own = [`name=${id}`, `namespace=ns-${number}`, `podNetwork=${number % 256}`, `startsAt=${day}T09:00:00Z`];
      const scenario = own.reduce(overrideScenario, isSample ? sampleOf(kind) : scenarioOf(kind, seed));
      all.push({ id, kind, seed, scenario });
    }
  }
  return all;
}

function scenarioOf(kind: string, seed: number): Scenario {
  const story = STORIES[kind];
  if (!story)
    throw new Error(`there is no kind ${kind}; there are ${[...POD_KINDS, ...Object.keys(STORIES)].join(', ')}`);
  const random = new Random(seed, kind);
  return checkScenario({ title: kind, ...drawn(random), ...story(random) });
}

const sampleOf = (kind: string): Scenario => {
  const scenario = namedScenario(kind.slice('sample/'.length));
  return { ...scenario, requestsPerSecond: Math.min(scenario.requestsPerSecond, 12) };
};
