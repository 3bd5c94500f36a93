/** Prints advice for a terminal: observations, conclusion, settings in force, cost, and the patch. */
import type { AdviceRow } from './advice-row.ts';
import { adviseFor, changesPods, type EffectiveSettings, isControllerLate, keptAbove, loweredBy } from './advised.ts';
import { delayAnnotation, type PatchTarget, patchCommand, workloadPatch } from './patch.ts';
import { delayProblem, graceProblem } from './setting-order.ts';
import type { Style } from './style.ts';
import { count, duration, labelled, printable } from './text.ts';

/** One point of queries/advice-curve.sql. */
export interface CurvePoint {
  seconds: number;
  failures_left: number;
}

/** Most points of the curve to show. */
const SHOWN_POINTS = 6;

/** A text that is typed or copied, so it stays on one line. */
const command = (label: string, text: string): string => `  ${label.padEnd(15)}${text}\n`;
const seconds = (value: number | null): string => (value === null ? 'not known' : `${value} s`);

/** Inputs of the advice that are not in the row. */
export interface AdviceOptions {
  inForce: EffectiveSettings;
  allowLower: boolean;
  /** Sources that would tell more about this workload, a sentence each. */
  hints: readonly string[];
  style: Style;
}

/** Returns the text for one workload, with a patch where there is advice. */
export function adviceText(row: AdviceRow, curve: readonly CurvePoint[], options: AdviceOptions): string {
  const { inForce, style } = options;
  const name = printable([row.namespace, row.deployment].filter((part) => part !== null).join('/'));
  const group = printable(row.target_group_arn.split('/')[1] ?? row.target_group_arn);
  const isLate = isControllerLate(row);
  const { pre_stop_seconds, termination_grace_period_seconds, deregistration_delay_seconds, from } = inForce;
  const parts = [
    `${style.strong(`${row.deployment_kind ?? 'Workload'} ${name}`)}, target group ${group}\n`,
    block(
      'late routing',
      `${count(row.late_requests, 'request')} to ${count(row.pods, 'terminating pod')} of ${count(row.versions, 'version')}; ` +
        `${row.late_failures} failed`,
      `routed ${duration(row.median_routed_seconds)} after the deletion in the median, ` +
        `${duration(row.p99_routed_seconds)} at the 99th percentile, ${duration(row.last_routed_seconds)} at most`,
    ),
    block('controller', ...(isLate ? controllerLines(row) : [])),
    block('cut off', cutText(row)),
    block('failures left', curveText(curve, isLate)),
    block(
      'in force',
      `preStop ${seconds(pre_stop_seconds)}, terminationGracePeriodSeconds ${seconds(termination_grace_period_seconds)}, ` +
        `deregistration delay ${seconds(deregistration_delay_seconds)} (${from})`,
      ...orderOf(inForce),
    ),
  ];
  const target = adviseFor(row, inForce, options.allowLower);
  parts.push(
    target === null ? block('advice', ...noAdviceLines(row)) : advised(row, target, options),
    block('not known', ...options.hints),
  );
  return parts.join('');
}

/** Returns lines under one label; an empty array without text. */
function block(label: string, ...texts: readonly string[]): string {
  const said = texts.filter((text) => text !== '');
  return said.map((text, i) => labelled(i === 0 ? label : '', text)).join('');
}

function cutText({ killed_in_flight, drain_delay_elapsed }: AdviceRow): string {
  const cut = [
    killed_in_flight > 0
      ? `${count(killed_in_flight, 'request')} cut off by the end of ${killed_in_flight === 1 ? 'its' : 'their'} pod`
      : '',
    drain_delay_elapsed > 0 ? `${count(drain_delay_elapsed, 'request')} by the end of the deregistration delay` : '',
  ];
  return cut.filter((text) => text !== '').join(', ');
}

function controllerLines(row: AdviceRow): string[] {
  const rest = row.last_routed_seconds - row.controller_seconds;
  return [
    `late: ${row.late_deregistered_pods} of ${count(row.deregistered_pods, 'pod')} ${row.late_deregistered_pods === 1 ? 'was' : 'were'} deregistered more than 5 s after the deletion, the last ${duration(row.deregistered_seconds ?? 0)} after it`,
    `${duration(row.controller_seconds)} of the ${duration(row.last_routed_seconds)} of late routing are the controller's, ${duration(rest)} the load balancer's`,
    'Fix the controller first: a pod that serves stays in rotation until it is deregistered, for any sleep.',
    'Check its log for throttling and failed reconciles, and other programs that deregister these targets.',
  ];
}

function noAdviceLines(row: AdviceRow): string[] {
  if (row.is_enough) return ['none: no answered request of this target group is loaded, so its longest is not known'];
  return [
    'none: too few to show the longest. It takes 10 terminated pods and 50 requests routed late; ' +
      `${count(row.pods, 'pod')} and ${count(row.late_requests, 'request')} are known: load the access logs of more rollouts`,
  ];
}

/** Returns some points of the curve, always the first and the last. For a late controller it omits points with no failure left. */
function curveText(curve: readonly CurvePoint[], isLate: boolean): string {
  const shown = isLate ? curve.filter(({ failures_left }) => failures_left > 0) : curve;
  if (shown.length === 0) return '';
  const last = shown.length - 1;
  const places = Array.from({ length: SHOWN_POINTS }, (_, i) => Math.round((i * last) / (SHOWN_POINTS - 1)));
  const points = [...new Set(places)].map((place) => `${shown[place]!.failures_left} at ${shown[place]!.seconds} s`);
  return `${points.join(', ')} of service after the deletion${isLate ? ', if the controller is no later than it was' : ''}`;
}

/** Checks the settings against terminationGracePeriodSeconds > preStop > deregistration delay. */
function orderOf(settings: Omit<EffectiveSettings, 'from'>): string[] {
  const {
    pre_stop_seconds: preStop,
    termination_grace_period_seconds: grace,
    deregistration_delay_seconds: delay,
  } = settings;
  const broken = [
    grace !== null && preStop !== null ? graceProblem(grace, preStop) : null,
    preStop !== null && delay !== null ? delayProblem(preStop, delay) : null,
  ];
  return broken.filter((sentence) => sentence !== null);
}

/** Explains the parts of the needed sleep in words. */
function sleepReason(row: AdviceRow): string {
  const longest = row.longest_request_seconds ?? 0;
  switch (row.pre_stop_rests_on) {
    case 'late routing':
      return `the last routing, ${duration(row.last_routed_seconds)}`;
    case 'longest request':
      return `the longest request, ${duration(longest)}`;
    case 'late routing and longest request':
      return `late routing at the 99th percentile, ${duration(row.p99_routed_seconds)}, and the longest request, ${duration(longest)} (the application ends at once on SIGTERM)`;
  }
}

function advised(row: AdviceRow, target: PatchTarget, { inForce, allowLower }: AdviceOptions): string {
  const preStop = target.pre_stop_seconds;
  const delay = target.deregistration_delay_seconds;
  const longer = preStop - (inForce.pre_stop_seconds ?? 0);
  const kept = allowLower ? [] : keptAbove(row, target, inForce);
  const lowered = loweredBy(target, inForce);
  const parts = [
    block(
      'advice',
      isControllerLate(row) ? 'the controller first; while it is still late:' : '',
      `preStop sleep ${preStop} s: ${row.needed_pre_stop_seconds === preStop ? `${sleepReason(row)}, and a tenth, at least 1 s` : 'as it is'}`,
      delayText(row, delay),
      `terminationGracePeriodSeconds ${target.termination_grace_period_seconds} s: ${graceReason(row, target)}`,
    ),
    block('kept', kept.length > 0 ? `${kept.join(', ')}; --allow-lower advises less` : ''),
    block('LOWERED', lowered.join(', ')),
    labelled('rests on', `${count(row.pods, 'terminated pod')}, ${count(row.late_requests, 'late request')}`),
    labelled(
      'cost',
      longer > 0
        ? `each ending pod stays up to ${longer} s longer, ${longer * Math.ceil(row.pods / row.versions)} pod-seconds a rollout;`
        : 'none: pods end no later than now',
    ),
  ];
  if (longer > 0) {
    parts.push(labelled('', 'a RollingUpdate does not wait for them unless room is short, Recreate does'));
  }
  if (delay !== null && preStop <= delay) {
    parts.push(
      labelled(
        'order',
        `preStop above the deregistration delay would take ${delay + 1} s, ${delay + 1 - preStop} s more for each pod.`,
      ),
      labelled('', 'Without it, the application must finish running requests after SIGTERM.'),
    );
  }
  if (!changesPods(target, inForce)) {
    parts.push(labelled('patch', 'none: preStop and terminationGracePeriodSeconds already have these values'));
  } else {
    const patch = workloadPatch(target)
      .split('\n')
      .map((text) => (text === '' ? '' : `    ${text}`))
      .join('\n');
    parts.push(command('patch', printable(patchCommand(target, 'patch.yaml'))), patch);
  }
  if (delay !== null && delay !== inForce.deregistration_delay_seconds) {
    parts.push(command('annotation', delayAnnotation(delay)));
  }
  return parts.join('');
}

const graceReason = (row: AdviceRow, target: PatchTarget): string =>
  target.termination_grace_period_seconds === target.pre_stop_seconds + (row.needed_finish_seconds ?? 0) + 5
    ? 'the sleep, the longest request likewise, and 5 s'
    : 'unchanged, above the sleep and the longest request';

function delayText(row: AdviceRow, delay: number | null): string {
  const needed = row.needed_deregistration_delay_seconds;
  if (needed === null) return '';
  const reason =
    `${duration(row.last_routed_after_deregistration_seconds)} of routing after the deregistration and ` +
    `the longest request, ${duration(row.longest_request_seconds ?? 0)}, likewise`;
  if (delay === null)
    return `deregistration delay at least ${needed} s: ${reason}; the one in force is not known: keep it if it is longer`;
  return `deregistration delay ${delay} s: ${delay === needed ? reason : 'as it is'}`;
}
