/** Carries out a plan: step after step, each outcome saved at once, and no failure of one ends the others. */
import { formatSeconds } from '../time/time.ts';
import type { GatheredState } from './folder.ts';
import { gapOf } from './gap.ts';
import { emptyScope, nothing, type Outcome } from './outcome.ts';
import { gatherBalancer } from './part/balancer.ts';
import { gatherDelivered } from './part/delivered.ts';
import { gatherEcs, gatherEcsEvents } from './part/ecs.ts';
import { gatherAuditLog, gatherControllerLogs, gatherEks } from './part/eks.ts';
import { gatherInstances } from './part/instance.ts';
import { gatherKubernetes } from './part/kubernetes.ts';
import { gatherLogs } from './part/log.ts';
import { gatherPrometheus } from './part/prometheus.ts';
import { gatherTrail } from './part/trail.ts';
import { PLAN, type PlanStep, type StepName } from './plan.ts';
import type { Gathering } from './step.ts';

const RUNS: Readonly<Record<StepName, (gathering: Gathering) => Promise<Outcome>>> = {
  balancer: gatherBalancer,
  'access-logs': (gathering) => gatherLogs('access_logs', gathering),
  'connection-logs': (gathering) => gatherLogs('connection_logs', gathering),
  'health-check-logs': (gathering) => gatherLogs('health_check_logs', gathering),
  'delivered-logs': gatherDelivered,
  cloudtrail: gatherTrail,
  eks: gatherEks,
  'audit-log': gatherAuditLog,
  'controller-logs': gatherControllerLogs,
  kubernetes: gatherKubernetes,
  ecs: gatherEcs,
  'ecs-events': gatherEcsEvents,
  instances: gatherInstances,
  prometheus: gatherPrometheus,
};

/** Steps that need no identity of AWS, or whose own client judges it. */
const WITHOUT_AWS: ReadonlySet<StepName> = new Set(['kubernetes', 'prometheus']);

/** Told as the run goes. */
export interface GatherProgress {
  began(step: PlanStep): void;
  ended(step: PlanStep, outcome: Outcome, isKept: boolean): void;
}

/**
 * Makes the steps that an earlier run did not finish, and returns the state with all outcomes. Throws only what ends every
 * step: an abort, or an error of the local disk.
 */
export async function gather(
  gathering: Gathering,
  earlier: GatheredState | null,
  progress: GatherProgress,
): Promise<GatheredState> {
  const { question, scope, folder } = gathering;
  const state: GatheredState = earlier ?? {
    draintraceGathered: 1,
    question,
    startedAt: formatSeconds(gathering.now()),
    scope: emptyScope(),
    steps: {},
  };
  Object.assign(scope, state.scope);
  state.scope = scope;
  // Without the balancer other steps did not know their targets: they had nothing to ask for.
  const { balancer } = state.steps;
  const wereTargetsUnknown = balancer !== undefined && !isFinished(balancer);
  for (const step of PLAN) {
    gathering.signal.throwIfAborted();
    const known = state.steps[step.name];
    const wasBlind = wereTargetsUnknown && known?.files.length === 0;
    if (known && isFinished(known) && !wasBlind) {
      progress.ended(step, known, true);
      continue;
    }
    progress.began(step);
    const outcome = await attempt(step, gathering);
    state.steps[step.name] = outcome;
    await folder.save(state);
    progress.ended(step, outcome, false);
  }
  return state;
}

const isFinished = ({ gaps, again }: Outcome): boolean => again !== true && !gaps.some(({ failed }) => failed);

async function attempt(step: PlanStep, gathering: Gathering): Promise<Outcome> {
  if (gathering.aws === null && !WITHOUT_AWS.has(step.name)) {
    return nothing({
      what: step.gathers,
      reason: 'no AWS region is known',
      next: 'give --region, or set AWS_REGION',
      failed: true,
    });
  }
  try {
    return await RUNS[step.name](gathering);
  } catch (error) {
    gathering.signal.throwIfAborted();
    return nothing(gapOf(error, step.gathers));
  }
}
