/** Runs a gathering in this process, without waiting. */
import { setImmediate } from 'node:timers/promises';
import { Aws } from '../../src/gather/aws.ts';
import { EvidenceFolder, type GatheredState } from '../../src/gather/folder.ts';
import { emptyScope, type Gap, type IncidentQuestion } from '../../src/gather/outcome.ts';
import { gather } from '../../src/gather/run.ts';
import type { Gathering } from '../../src/gather/step.ts';
import { PATIENCE, type Patience } from '../../src/source/retry.ts';
import { openCluster } from '../../src/watch/cluster.ts';
import { NOW } from './incident-world.ts';
import { REGION } from './stand-in-aws.ts';

export const WINDOW = { from: Date.UTC(2026, 3, 14, 9) * 1000, to: Date.UTC(2026, 3, 14, 9, 8) * 1000 };

export interface GatherOptions {
  env: Record<string, string>;
  question?: Partial<IncidentQuestion>;
  kubeconfig?: string;
  /** The kubeconfig's context was given by flag. */
  isNamed?: boolean;
  namespaces?: string[];
  prometheus?: string;
  /** Milliseconds since the epoch. */
  now?: number;
}

export interface Gathered {
  state: GatheredState;
  gaps: Gap[];
  /** Rights of the calls that were made. */
  called: string[];
  /** Milliseconds that were asked for between calls and tries. */
  slept: number[];
}

export async function gatherInto(path: string, options: GatherOptions): Promise<Gathered> {
  const { env, question, kubeconfig = null, isNamed = false, namespaces = [], prometheus, now = NOW } = options;
  const slept: number[] = [];
  const patience: Patience = {
    ...PATIENCE,
    sleep: async (ms) => {
      slept.push(ms);
      await setImmediate();
    },
  };
  const aws = new Aws(REGION, { endpointUrl: null, region: REGION, profile: null, env }, patience);
  const folder = new EvidenceFolder(path);
  const gathering: Gathering = {
    question: { lb: null, targetGroup: null, cluster: null, ...WINDOW, ...question },
    scope: emptyScope(),
    ...{ aws, folder, env, patience, profile: null },
    cluster: {
      ...{ isNamed, namespaces },
      open: () => openCluster({ kubeconfig, context: null, inCluster: false, env }),
    },
    prometheus: prometheus === undefined ? null : { url: prometheus, selector: null },
    now: () => now * 1000,
    note: () => {},
    signal: new AbortController().signal,
  };
  const state = await gather(gathering, await folder.state(), { began: () => {}, ended: () => {} });
  return { state, gaps: Object.values(state.steps).flatMap(({ gaps }) => gaps), called: aws.called, slept };
}
