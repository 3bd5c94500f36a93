/** Prints the summary of a `load`. */
import type { EvidenceKind } from '../evidence/fact.ts';
import type { LoadOutcome } from '../load/main/request.ts';
import { printable } from '../report/text.ts';
import { GROUP, OUTSIDE } from '../source/key.ts';
import { grouped, plural } from './load-progress.ts';

/** Most objects to name; the rest is counted. */
const NAMED = 10;

type LoadedLog = 'alb_access_log' | 'alb_connection_log' | 'alb_health_check_log';

/** The name of each kind, and of one record. */
export const KIND_NAMES: Readonly<Record<EvidenceKind | LoadedLog, readonly [name: string, record: string]>> = {
  alb_access_log: ['ALB access log', 'line'],
  alb_connection_log: ['ALB connection log', 'line'],
  alb_health_check_log: ['ALB health check log', 'line'],
  kubectl_pods_json: ['kubectl pods', 'record'],
  kubernetes_events_json: ['Kubernetes Events', 'record'],
  endpointslices_json: ['EndpointSlices', 'record'],
  prometheus_json: ['Prometheus answer', 'series'],
  kubectl_pods_table: ['kubectl table', 'row'],
  kubernetes_audit_log: ['Kubernetes audit log', 'record'],
  pods_csv: ['pods CSV', 'row'],
  target_health_json: ['target health', 'record'],
  probe_transcript: ['probe transcript', 'record'],
  probe_result_json: ['draintrace probe results', 'request'],
  lb_controller_log: ['load balancer controller log', 'line'],
  cloudtrail_json: ['CloudTrail', 'record'],
  ecs_event_json: ['events of ECS', 'record'],
  ecs_description_json: ['descriptions of ECS', 'record'],
  aws_settings_json: ['settings of AWS', 'record'],
  kubernetes_manifest: ['manifest', 'record'],
  nodes_json: ['Kubernetes nodes', 'record'],
  karpenter_log: ['Karpenter log', 'line'],
  autoscaler_log: ['cluster autoscaler log', 'line'],
  termination_handler_log: ['node termination handler log', 'line'],
  instance_events_json: ['events of EC2 and Auto Scaling', 'record'],
  instances_json: ['instances', 'record'],
};

function named<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, NAMED).map((item) => `  ${line(item)}`);
  return items.length > NAMED ? [...lines, `  and ${grouped(items.length - NAMED)} more`] : lines;
}

/** Returns the summary, lines ended, problems last. `judged` is the number of failures with a verdict; null if none was judged. */
export function summarize(outcome: LoadOutcome, db: string, judged: number | null): string {
  const lines: string[] = [];
  const isLoaded = (kind: string): kind is keyof typeof KIND_NAMES => Object.hasOwn(KIND_NAMES, kind);
  const loaded = outcome.loaded.filter((sum) => isLoaded(sum.kind));
  for (const sum of loaded) {
    const [name, record] = KIND_NAMES[sum.kind as keyof typeof KIND_NAMES];
    const parts = [`${plural(sum.lines, record)} = ${plural(sum.rows, 'row')} + ${grouped(sum.rejected)} rejected`];
    if (sum.dropped > 0) parts.push(`${grouped(sum.dropped)} dropped as outside the window`);
    if (sum.extraFields > 0) parts.push(`${plural(sum.extraFields, 'unknown field')} kept in extra`);
    lines.push(`loaded ${plural(sum.objects, 'object')} of ${name}: ${parts.join(', ')}`);
  }
  if (judged !== null && judged > 0) lines.push(`judged ${plural(judged, 'failure')}`);
  const { known, knownSkipped } = outcome;
  if (known > knownSkipped) lines.push(`${plural(known - knownSkipped, 'object')} already loaded`);
  if (knownSkipped > 0) {
    lines.push(
      `${plural(knownSkipped, 'object')} skipped by an earlier load, and not loaded: draintrace query load-summary`,
    );
  }
  const groups = outcome.skipped.get(GROUP) ?? 0;
  const skipped = [...outcome.skipped].filter(([reason]) => reason !== GROUP).sort(([a], [b]) => (a < b ? -1 : 1));
  if (skipped.length > 0) {
    const total = skipped.reduce((sum, [, n]) => sum + n, 0);
    lines.push(`skipped ${plural(total, 'object')}:`, ...skipped.map(([reason, n]) => `  ${grouped(n)} × ${reason}`));
  }
  if (groups > 0) {
    lines.push(`not listed one by one: ${plural(groups, 'group')} of names of other load balancers, kinds or times`);
  }
  lines.push(...named(outcome.notes, (note) => `note: ${note}`).map((line) => line.trimStart()));
  if (isQuiet(outcome)) lines.push('nothing to load: no log is from this window; there are logs of other times');
  lines.push(...troubleOf(outcome));
  if (loaded.some((sum) => sum.rejected > 0)) lines.push(`rejected lines: draintrace query rejected-lines --db ${db}`);
  return written(lines);
}

/** Returns only the objects that were not loaded, with reasons; empty if all were loaded. */
export function summarizeTrouble(outcome: LoadOutcome): string {
  return written(troubleOf(outcome));
}

/** Returns whether a run met no object that it was asked for, neither a new one nor a known one. */
export function isEmpty(outcome: LoadOutcome): boolean {
  const { used, unusable, blank, known, failed, left, fatal } = outcome;
  return used + unusable + blank + known + failed.length + left === 0 && fatal === null;
}

/** Returns whether a run met no object that it was asked for, and met one of another time: nothing is wrong. */
export function isQuiet(outcome: LoadOutcome): boolean {
  return isEmpty(outcome) && outcome.skipped.has(OUTSIDE);
}

/** Returns whether a run read all that it found, and none of it is a log or evidence. */
export function isUseless({ used, unusable, known, failed, left, fatal }: LoadOutcome): boolean {
  return unusable > 0 && used + known + failed.length + left === 0 && fatal === null;
}

function troubleOf(outcome: LoadOutcome): string[] {
  const lines: string[] = [];
  if (isEmpty(outcome) && !isQuiet(outcome)) {
    const why = outcome.skipped.size === 0 ? 'no object was found there' : 'no object there matches the flags';
    lines.push(`nothing to load: ${why}`);
  }
  // An object that is recognised and of no use is named below.
  if (isUseless(outcome) && outcome.unused.length === 0) {
    lines.push('nothing loaded: what is there is neither a log nor evidence');
  }
  if (outcome.damaged.length > 0) {
    lines.push(
      `${plural(outcome.damaged.length, 'damaged object')}, loaded up to the damage; a whole copy replaces it:`,
    );
    lines.push(...named(outcome.damaged, ({ uri, detail }) => `${uri}: ${detail}`));
  }
  if (outcome.unused.length > 0) {
    lines.push(`${plural(outcome.unused.length, 'object')} of no use:`);
    lines.push(...named(outcome.unused, ({ uri, detail }) => `${uri}: ${detail}`));
  }
  if (outcome.failed.length > 0) {
    lines.push(`${plural(outcome.failed.length, 'object')} not loaded; run again to finish:`);
    lines.push(...named(outcome.failed, ({ message }) => message));
  }
  if (outcome.fatal) lines.push(`stopped: ${outcome.fatal.message}`);
  if (outcome.left > 0) lines.push(`${plural(outcome.left, 'object')} left to load; run again to go on`);
  return lines;
}

/** Names of objects and their content are not ours, so they are made printable. */
const written = (lines: readonly string[]): string => lines.map((line) => `${printable(line)}\n`).join('');
