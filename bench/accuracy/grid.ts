/** Lists the incidents to generate, and the sets of evidence that the program gets. */
import { namedScenario, scenarioNames } from '../../src/command/scenario.ts';
import { checkScenario, overrideScenario } from '../../src/simulate/check.ts';
import { Random } from '../../src/simulate/random.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';
import { drawn, KINDS } from './kind.ts';
import type { Bar } from './score.ts';

export interface EvidenceSet {
  title: string;
  /** Folders of `evidence/`. */
  folders: readonly string[];
  bar: Bar;
}

const PRECISION = 0.995;

/** Sets of evidence that real teams have. */
export const EVIDENCE_SETS: Readonly<Record<string, EvidenceSet>> = {
  full: {
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
    title: "the README's recipe: a watch of the pods, and target health every 5 s",
    folders: ['kubectl', 'target-health-5s'],
    bar: { precision: PRECISION, settled: 0.95 },
  },
  'no-kubectl': {
    title: 'everything that nobody had to watch with kubectl',
    folders: ['target-health', 'controller', 'event', 'audit', 'metric', 'cloudtrail', 'health-check', 'setting'],
    bar: { precision: PRECISION },
  },
  prometheus: { title: 'only kube-state-metrics', folders: ['metric'], bar: { precision: PRECISION } },
  cloudtrail: { title: 'only CloudTrail', folders: ['cloudtrail'], bar: { precision: PRECISION } },
  controller: { title: "only the controller's log", folders: ['controller'], bar: { precision: PRECISION } },
  snapshot: {
    title: 'pods, Events and target health as they are about ten minutes later',
    folders: ['snapshot'],
    bar: { precision: PRECISION, settled: 0.5 },
  },
  contradicted: {
    title: "a watch and the controller's log, and a list of pods whose times are an hour off",
    folders: ['watch', 'controller', 'contradiction'],
    bar: { precision: PRECISION },
  },
  nothing: {
    title: 'nothing but the access logs',
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

export const kindNames = (): string[] => [...Object.keys(KINDS), ...SAMPLES.map((name) => `sample/${name}`)];

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
      const seed = 1000 * round + kindNames().indexOf(kind);
      const own = [`name=${id}`, `namespace=ns-${number}`, `podNetwork=${number % 256}`, `startsAt=${day}T09:00:00Z`];
      const scenario = own.reduce(overrideScenario, isSample ? sampleOf(kind) : scenarioOf(kind, seed));
      all.push({ id, kind, seed, scenario });
    }
  }
  return all;
}

function scenarioOf(kind: string, seed: number): Scenario {
  const story = KINDS[kind];
  if (!story) throw new Error(`there is no kind ${kind}; there are ${kindNames().join(', ')}`);
  const random = new Random(seed, kind);
  return checkScenario({ title: kind, ...drawn(random), ...story(random) });
}

const sampleOf = (kind: string): Scenario => {
  const scenario = namedScenario(kind.slice('sample/'.length));
  return { ...scenario, requestsPerSecond: Math.min(scenario.requestsPerSecond, 12) };
};
