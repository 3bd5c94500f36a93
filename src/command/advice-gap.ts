/** Names the sources that would enable or sharpen advice, except sources that are already loaded. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { AdviceRow } from '../report/advice-row.ts';
import type { EffectiveSettings } from '../report/advised.ts';
import { endingWord, kindWord } from '../report/kind.ts';
import { count } from '../report/text.ts';
import { ask } from './ask.ts';

const RECORDING = 'a recording of `draintrace watch` over a rollout';

/** Kinds of objects (as in log_object) that know a fact, and how to get them. */
const DELETION: readonly Source[] = [
  // A listing of pods has the same kind, but shows no finished deletion.
  { kinds: ['kubectl_pods_json'], how: RECORDING },
  { kinds: ['kubernetes_audit_log'], how: 'the Kubernetes audit log' },
  { kinds: ['kubernetes_events_json'], how: 'the Events of the hour (kubectl get events -A -o json)' },
];
/** The same for tasks and for instances, whose ends other sources know. */
const OTHER_DELETION: Readonly<Record<string, readonly Source[]>> = {
  ecs_task: [
    { kinds: ['ecs_event_json'], how: 'the events of ECS (event capture, or an EventBridge rule)' },
    { kinds: ['ecs_description_json'], how: '`aws ecs describe-tasks` within the hour' },
  ],
  instance: [
    { kinds: [], how: '`aws autoscaling describe-scaling-activities`' },
    { kinds: ['instance_events_json'], how: 'the events of EC2 and Auto Scaling (EventBridge)' },
  ],
};
const DEREGISTRATION: readonly Source[] = [
  { kinds: ['lb_controller_log'], how: 'the log of the AWS Load Balancer Controller' },
  { kinds: ['cloudtrail_json'], how: 'CloudTrail (DeregisterTargets)' },
];
const DELAY: readonly Source[] = [
  { kinds: [], how: '`aws elbv2 describe-target-group-attributes --target-group-arn ARN`' },
];

interface Source {
  kinds: readonly string[];
  how: string;
}

/** The evidence behind the advice. */
export interface AdviceGap {
  kinds: ReadonlySet<string>;
  /** Kind of most known targets. */
  targetKind: string | null;
  pods: number;
  deleted: number;
  /** Deletions known to two seconds. */
  dated: number;
}

/** Reads the evidence counts. */
export async function readGap(connection: DuckDBConnection): Promise<AdviceGap> {
  const kinds = await ask(connection, 'advise-evidence');
  const [lives] = await ask(connection, 'advise-lives');
  return {
    kinds: new Set(kinds.map(({ kind }) => String(kind))),
    targetKind: lives!.target_kind === null ? null : String(lives!.target_kind),
    pods: Number(lives!.pods),
    deleted: Number(lives!.deleted),
    dated: Number(lives!.dated),
  };
}

function namesOf(sources: readonly Source[], kinds: ReadonlySet<string>): string {
  const open = sources.filter((source) => !source.kinds.some((kind) => kinds.has(kind)));
  return open.map(({ how }) => how).join(', or ');
}

/** Explains why there is no advice, and what would change that. */
export function nothingSentence({ kinds, targetKind, pods, deleted, dated }: AdviceGap): string {
  const sources = OTHER_DELETION[targetKind ?? ''];
  const others = namesOf(sources ?? DELETION, kinds) || (sources === undefined ? RECORDING : 'those of the rollouts');
  const word = kindWord(targetKind);
  const end = endingWord(targetKind);
  const some = (n: number) => count(n, word);
  if (pods === 0) return `no request was routed to a pod whose deletion is known: no pods are loaded. Load ${others}`;
  if (deleted === 0) {
    const isListed = kinds.has('kubectl_pods_json') && sources === undefined;
    return `no ${end} of the ${some(pods)} loaded is known. Load ${isListed ? `${RECORDING}, or ${others}` : others}`;
  }
  if (dated === 0) return `the ${end} of ${some(deleted)} is not known to two seconds. Load ${others}`;
  return `no request was routed to any of the ${some(dated)} after its ${end}, in the access logs that are loaded: load those of the rollouts`;
}

/** Returns the sources that would tell more about one workload, a sentence each. */
export function hintsOf(
  row: AdviceRow,
  inForce: Pick<EffectiveSettings, 'deregistration_delay_seconds'>,
  { kinds }: AdviceGap,
): string[] {
  const hints: string[] = [];
  const callers = namesOf(DEREGISTRATION, kinds);
  if (row.deregistered_pods === 0 && callers !== '') {
    hints.push(
      row.deployment_kind === 'EcsService'
        ? 'when these tasks were deregistered. Load CloudTrail (DeregisterTargets), or `aws ecs describe-services`'
        : `when these pods were deregistered, and so the controller's share of the late routing. Load ${callers}`,
    );
  }
  if (inForce.deregistration_delay_seconds === null) {
    hints.push(`the deregistration delay in force. Load ${namesOf(DELAY, kinds)}`);
  }
  return hints;
}
