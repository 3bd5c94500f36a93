/** Which incidents are made up, and which evidence is held back of them. */
import { namedScenario, scenarioNames } from '../../src/command/scenario.ts';
import { overrideScenario } from '../../src/simulate/check.ts';
import type { Scenario } from '../../src/simulate/scenario.ts';

/** What a team has; the words are folders of `evidence/`. */
export const EVIDENCE_SETS: Readonly<Record<string, { title: string; folders: readonly string[] }>> = {
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
  },
  'no-kubectl': {
    title: 'everything that nobody had to watch with kubectl',
    folders: ['target-health', 'controller', 'event', 'audit', 'metric', 'cloudtrail', 'health-check', 'setting'],
  },
  prometheus: { title: 'only kube-state-metrics, scraped every 30 s', folders: ['metric'] },
  cloudtrail: { title: 'only CloudTrail', folders: ['cloudtrail'] },
  'controller-events': { title: "only the controller's log and Kubernetes Events", folders: ['controller', 'event'] },
  nothing: { title: 'nothing but the access logs', folders: [] },
};

export interface Incident {
  /** Also the name of its load balancer, namespace and folder. */
  id: string;
  scenarioName: string;
  seed: number;
  scenario: Scenario;
}

/** Nothing is meant to fail in the one; the other is `rollout` three times. */
const LEFT_OUT = new Set(['rollout-ordered', 'rollouts']);

/** Returns every scenario with failures at `seeds` seeds, each with names, addresses and a day of its own. */
export function incidents(seeds: number, among: readonly string[] = scenarioNames()): Incident[] {
  const all: Incident[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    for (const scenarioName of among.filter((name) => !LEFT_OUT.has(name))) {
      const number = all.length;
      const id = `inc-${String(number).padStart(3, '0')}`;
      const day = new Date(Date.UTC(2026, 3, 1) + number * 86_400_000).toISOString().slice(0, 10);
      const scenario = [
        `name=${id}`,
        `namespace=ns-${number}`,
        `podNetwork=${number % 256}`,
        `startsAt=${day}T09:00:00Z`,
      ].reduce(overrideScenario, namedScenario(scenarioName));
      all.push({ id, scenarioName, seed: 1000 + number, scenario });
    }
  }
  return all;
}
