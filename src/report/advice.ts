/** Advice as a text for a terminal: what was seen, what follows, what is in force, what it costs, and the patch. */
import { delayAnnotation, type PatchTarget, patchCommand, workloadPatch } from './patch.ts';
import type { Style } from './style.ts';
import { count, duration, printable } from './text.ts';

/** A row of queries/advice.sql. */
export interface AdviceRow {
  namespace: string | null;
  deployment_kind: string | null;
  deployment: string;
  container: string | null;
  target_group_arn: string;
  versions: number;
  pods: number;
  late_requests: number;
  late_failures: number;
  killed_in_flight: number;
  drain_delay_elapsed: number;
  median_routed_seconds: number;
  p99_routed_seconds: number;
  last_routed_seconds: number;
  longest_request_seconds: number | null;
  pre_stop_seconds: number | null;
  deregistration_delay_seconds: number | null;
  termination_grace_period_seconds: number | null;
  is_enough: boolean;
  advised_pre_stop_seconds: number | null;
  advised_deregistration_delay_seconds: number | null;
  advised_termination_grace_period_seconds: number | null;
}

/** A point of queries/advice-curve.sql. */
export interface CurvePoint {
  seconds: number;
  failures_left: number;
}

/** Settings in force; null where nothing says. */
export interface InForce {
  pre_stop_seconds: number | null;
  termination_grace_period_seconds: number | null;
  deregistration_delay_seconds: number | null;
  /** Where the settings are from, a noun phrase. */
  from: string;
}

/** How many points of the curve are shown. */
const SHOWN_POINTS = 6;

const line = (label: string, text: string): string => `  ${label.padEnd(15)}${text}\n`;
const seconds = (value: number | null): string => (value === null ? 'not known' : `${value} s`);

/** Returns the part of one workload, with a patch where there is advice. */
export function adviceText(row: AdviceRow, curve: readonly CurvePoint[], inForce: InForce, style: Style): string {
  const name = printable([row.namespace, row.deployment].filter((part) => part !== null).join('/'));
  const group = printable(row.target_group_arn.split('/')[1] ?? row.target_group_arn);
  const parts = [
    `${style.strong(`${row.deployment_kind ?? 'Workload'} ${name}`)}, target group ${group}\n`,
    line(
      'late routing',
      `${count(row.late_requests, 'request')} to ${count(row.pods, 'terminating pod')} of ${count(row.versions, 'version')}; ` +
        `${row.late_failures} failed`,
    ),
    line(
      '',
      `routed ${duration(row.median_routed_seconds)} after the deletion in the median, ` +
        `${duration(row.p99_routed_seconds)} at the 99th percentile, ${duration(row.last_routed_seconds)} at most`,
    ),
  ];
  const cut = [
    row.killed_in_flight > 0 ? `${count(row.killed_in_flight, 'request')} cut off by the end of their pod` : '',
    row.drain_delay_elapsed > 0
      ? `${count(row.drain_delay_elapsed, 'request')} by the end of the deregistration delay`
      : '',
  ].filter((text) => text !== '');
  if (cut.length > 0) parts.push(line('cut off', cut.join(', ')));
  if (curve.length > 0) parts.push(line('failures left', curveText(curve)));
  const { pre_stop_seconds, termination_grace_period_seconds, deregistration_delay_seconds, from } = inForce;
  parts.push(
    line(
      'in force',
      `preStop ${seconds(pre_stop_seconds)}, terminationGracePeriodSeconds ${seconds(termination_grace_period_seconds)}, ` +
        `deregistration delay ${seconds(deregistration_delay_seconds)} (${from})`,
    ),
  );
  for (const text of orderOf(inForce)) parts.push(line('', text));
  const target = patchTargetOf(row);
  if (target === null) {
    parts.push(
      line(
        'advice',
        'none: so little says nothing of the worst. It takes 10 terminated pods and 50 requests routed late;',
      ),
      line('', 'load more rollouts, or the deletion times of more pods'),
    );
    return parts.join('');
  }
  return parts.join('') + advised(row, target, inForce);
}

/** Some points of the curve, the first and the last among them. */
function curveText(curve: readonly CurvePoint[]): string {
  const last = curve.length - 1;
  const places = Array.from({ length: SHOWN_POINTS }, (_, i) => Math.round((i * last) / (SHOWN_POINTS - 1)));
  const points = [...new Set(places)].map((place) => `${curve[place]!.failures_left} at ${curve[place]!.seconds} s`);
  return `${points.join(', ')} of service after the deletion`;
}

/** Holds the settings against terminationGracePeriodSeconds > preStop > deregistration delay. */
export function orderOf(settings: Omit<InForce, 'from'>): string[] {
  const {
    pre_stop_seconds: preStop,
    termination_grace_period_seconds: grace,
    deregistration_delay_seconds: delay,
  } = settings;
  const broken: string[] = [];
  if (grace !== null && preStop !== null && grace <= preStop) {
    broken.push(
      `terminationGracePeriodSeconds ${grace} is not above preStop ${preStop}: pods are killed in their sleep`,
    );
  }
  if (preStop !== null && delay !== null && preStop <= delay) {
    broken.push(
      `preStop ${preStop} is not above the deregistration delay ${delay}: SIGTERM comes while the load balancer still waits for answers`,
    );
  }
  return broken;
}

/** What a row advises, null where it advises nothing. */
export function patchTargetOf(row: AdviceRow): PatchTarget | null {
  const preStop = row.advised_pre_stop_seconds;
  const grace = row.advised_termination_grace_period_seconds;
  const delay = row.advised_deregistration_delay_seconds;
  if (preStop === null || grace === null || delay === null) return null;
  return {
    kind: row.deployment_kind,
    namespace: row.namespace,
    name: row.deployment,
    container: row.container,
    pre_stop_seconds: preStop,
    termination_grace_period_seconds: grace,
    deregistration_delay_seconds: delay,
  };
}

function advised(row: AdviceRow, target: PatchTarget, inForce: InForce): string {
  const preStop = target.pre_stop_seconds;
  const delay = target.deregistration_delay_seconds;
  const isByLength = row.killed_in_flight > 0 && (row.longest_request_seconds ?? 0) > row.last_routed_seconds;
  const needed = isByLength ? row.longest_request_seconds! : row.last_routed_seconds;
  const longer = preStop - (inForce.pre_stop_seconds ?? 0);
  const parts = [
    line(
      'advice',
      `preStop sleep ${preStop} s: ${isByLength ? 'the longest request' : 'the last routing'}, ${duration(needed)}, and a tenth, at least 1 s`,
    ),
    line(
      '',
      `deregistration delay ${delay} s: the longest request, ${duration(row.longest_request_seconds ?? 0)}, likewise`,
    ),
    line('', `terminationGracePeriodSeconds ${target.termination_grace_period_seconds} s: both together and 5 s`),
    line('rests on', `${count(row.pods, 'terminated pod')}, ${count(row.late_requests, 'late request')}`),
    line(
      'cost',
      longer > 0
        ? `each pod that goes stays up to ${longer} s longer, ${longer * Math.ceil(row.pods / row.versions)} pod-seconds a rollout;`
        : 'none: pods go no later than they do now',
    ),
  ];
  if (longer > 0) {
    parts.push(line('', 'a RollingUpdate does not wait for them unless room is short, Recreate does'));
  }
  if (preStop <= delay) {
    parts.push(
      line(
        'order',
        `preStop above the deregistration delay would take ${delay + 1} s, ${delay + 1 - preStop} s more for each pod.`,
      ),
      line('', 'Without, what runs when the sleep ends must be finished by the application after SIGTERM.'),
    );
  }
  const patch = workloadPatch(target)
    .split('\n')
    .map((text) => (text === '' ? '' : `    ${text}`))
    .join('\n');
  parts.push(
    line('patch', printable(patchCommand(target, 'patch.yaml'))),
    patch,
    line('annotation', delayAnnotation(target)),
  );
  return parts.join('');
}
