/**
 * Prints the trace as a story for a terminal: incidents newest first, the failures of each by cause.
 *
 *     1 of 12 requests failed (8.3%) at 2023-01-07 09:22:42 UTC
 *     why: 1 × draining_target
 *     fix: Keep pods serving after their deletion: …
 *
 *     2023-01-07 09:22:42 UTC   1 failure   k8s-dev-jiamenga-edb70a94b9
 *       1 × connect_timeout, cause draining_target (bounded)
 *         pod jiameng-api-dev-7cf849584f-kh7vk, target 10.0.2.61:1325
 *         routed at least 0.316 s after its deletion, at least 0.316 s after its deregistration
 */
import { Answer, type AnswerRow } from './answer.ts';
import { isNextIncident } from './incident-pause.ts';
import { endingWord, kindWord } from './kind.ts';
import type { Style } from './style.ts';
import { count, duration, printable } from './text.ts';

/** The columns of a verdict that the summary reads. Rows come newest first. */
export interface TraceRow extends AnswerRow {
  target_group_arn: string | null;
  target_ip: string | null;
  target_port: number | null;
  confidence: string | null;
  other_cause: string | null;
  /** Whether the balancer knew that the target was going. */
  told: string | null;
  /** The one thing that would settle more. */
  missing: string | null;
  target_name: string | null;
  target_was: string | null;
  seconds_after_deletion: number | null;
  seconds_after_deregistration: number | null;
  seconds_after_exit: number | null;
  because: string;
}

/** Values of `missing` for a target that is an instance or a node. */
const MACHINE: ReadonlySet<string> = new Set(['machine of the address', 'state of the machine']);

/** Most incidents, groups of an incident, and targets of a group to show; the rest is counted. */
const SHOWN = { incidents: 10, groups: 8, targets: 4 };

interface Span {
  least: number;
  most: number;
}

interface Group {
  mechanism: string;
  cause: string | null;
  failures: number;
  confidence: Map<string, number>;
  otherCauses: Set<string>;
  told: Map<string, number>;
  patterns: Map<string, number>;
  targets: Map<string, number>;
  targetWas: Map<string, number>;
  deletion: Span | null;
  deregistration: Span | null;
  exit: Span | null;
  kind: string | null;
  because: string;
}

interface Incident {
  targetGroup: string;
  first: string;
  last: string;
  failures: number;
  groups: Map<string, Group>;
}

/** File of machines, and the command that makes it, where the cluster has nodes. */
const NODES = [
  'nodes.json',
  'kubectl get nodes,services,endpointslices -A -o json, or aws ec2 describe-instances',
] as const;

/** Takes rows one by one and keeps only sums, so a million failures need no more memory than ten. */
export class TraceSummary {
  readonly #incidents: Incident[] = [];
  readonly #open = new Map<string, Incident>();
  readonly #answer = new Answer();
  #failures = 0;
  readonly #causes = new Set<string>();
  /** Evidence that failures without a cause lack. */
  readonly #missing = new Set<string>();
  /** Kinds of the targets that are known. */
  readonly #kinds = new Set<string>();
  #ambiguous = 0;
  /** Failures that look like a keep-alive race. */
  keepAliveRaces = 0;

  add(row: TraceRow): void {
    this.#answer.add(row);
    const at = row.request_creation_time ?? row.time;
    const key = row.target_group_arn ?? '';
    let incident = this.#open.get(key);
    if (!incident || isNextIncident(Date.parse(row.time), Date.parse(incident.first))) {
      incident = { targetGroup: groupName(key), first: at, last: at, failures: 0, groups: new Map() };
      this.#open.set(key, incident);
      this.#incidents.push(incident);
    }
    if (at < incident.first) incident.first = at;
    if (at > incident.last) incident.last = at;
    incident.failures++;
    this.#failures++;
    if (row.cause) this.#causes.add(row.cause);
    if (row.cause === 'no_evidence') this.#missing.add(row.missing ?? '');
    if (row.target_kind !== null) this.#kinds.add(row.target_kind);
    if (row.confidence === 'ambiguous') this.#ambiguous++;
    if (row.pattern === 'keep_alive_race') this.keepAliveRaces++;
    addToGroup(incident.groups, row);
  }

  /** Returns the story, lines ended. `requests` is the number of all requests of the window, null if it is unknown. */
  text(style: Style, requests: number | null): string {
    if (this.#failures === 0) return 'No failure made by the balancer.\n';
    const incidents = [...this.#incidents].sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : 0));
    const lines = [
      ...this.#answer.lines(requests, incidents.length).map((line, i) => (i === 0 ? style.strong(line) : line)),
      ...incidents.slice(0, SHOWN.incidents).flatMap((incident) => ['', ...incidentLines(incident, style)]),
    ];
    const older = incidents.slice(SHOWN.incidents);
    if (older.length > 0) {
      const failures = older.reduce((sum, incident) => sum + incident.failures, 0);
      lines.push(
        '',
        `and ${count(older.length, 'older incident')} with ${count(failures, 'failure')}: see them with --to`,
      );
    }
    lines.push('', ...this.#next().map((line) => style.faint(line)));
    return lines.map((line) => `${line}\n`).join('');
  }

  /** A file of machines, and the command that makes it, by what the other targets are. */
  #machines(): readonly [file: string, command: string] {
    const instances = 'aws ec2 describe-instances';
    if (this.#kinds.has('pod') || this.#kinds.has('node_port')) return NODES;
    if (this.#kinds.has('ecs_task'))
      return ['instances.json', `aws ecs describe-container-instances, and ${instances}`];
    return this.#kinds.has('instance') ? ['instances.json', instances] : NODES;
  }

  #next(): string[] {
    const lines: string[] = [];
    const add = (command: string, does: string): void => {
      lines.push(`${lines.length === 0 ? 'next:' : '     '} ${`draintrace ${command}`.padEnd(40)} ${does}`);
    };
    add('trace --format json', 'every failure with its numbers and evidence');
    if (this.#causes.has('draining_target')) {
      add('query late-routing', 'how long the balancer keeps choosing targets that go away');
    }
    if (this.#causes.has('killed_in_flight')) add('query failures-per-rollout', 'what each deployment cost');
    // Where targets are instances no listing of pods settles anything.
    const lacksMachine = [...this.#missing].some((missing) => MACHINE.has(missing));
    if (lacksMachine) {
      const [file, command] = this.#machines();
      add(`load ${file}`, `more: ${command}`);
    }
    if ([...this.#missing].some((missing) => !MACHINE.has(missing))) {
      add('evidence', 'which evidence would settle most of the rest');
    }
    if (this.#ambiguous > 0) {
      add(
        `sql "select * from verdict where confidence = 'ambiguous'"`,
        'the other possible cause of each: other_cause, because',
      );
    }
    return lines;
  }
}

function addToGroup(groups: Map<string, Group>, row: TraceRow): void {
  const key = `${row.cause}\0${row.mechanism}\0${kindWord(row.target_kind)}`;
  let group = groups.get(key);
  if (!group) {
    group = {
      mechanism: row.mechanism,
      cause: row.cause,
      failures: 0,
      confidence: new Map(),
      otherCauses: new Set(),
      told: new Map(),
      patterns: new Map(),
      targets: new Map(),
      targetWas: new Map(),
      deletion: null,
      deregistration: null,
      exit: null,
      kind: row.target_kind,
      because: row.because,
    };
    groups.set(key, group);
  }
  group.failures++;
  if (row.confidence) increase(group.confidence, row.confidence);
  if (row.other_cause) group.otherCauses.add(row.other_cause);
  if (row.told) increase(group.told, row.told);
  if (row.pattern) increase(group.patterns, row.pattern);
  const target = targetText(row);
  if (target) increase(group.targets, target);
  if (row.target_was) increase(group.targetWas, row.target_was);
  group.deletion = widen(group.deletion, row.seconds_after_deletion);
  group.deregistration = widen(group.deregistration, row.seconds_after_deregistration);
  group.exit = widen(group.exit, row.seconds_after_exit);
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Ignores a routing before the event, because it is no delay after it. */
function widen(span: Span | null, value: number | null): Span | null {
  if (value === null || value < 0) return span;
  return span
    ? { least: Math.min(span.least, value), most: Math.max(span.most, value) }
    : { least: value, most: value };
}

function targetText(row: TraceRow): string | null {
  if (row.target_ip === null) return null;
  const address = printable(`${row.target_ip}:${row.target_port}`);
  if (row.target_name === null) return `target ${address}`;
  return `${kindWord(row.target_kind)} ${printable(row.target_name)}, target ${address}`;
}

/** Returns `name` for `arn:…:targetgroup/name/id`. */
function groupName(arn: string): string {
  if (arn === '') return 'no target group';
  return printable(/targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn);
}

const clock = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)}`;

function incidentLines(incident: Incident, style: Style): string[] {
  const until = incident.last.slice(0, 19) === incident.first.slice(0, 19) ? '' : ` to ${incident.last.slice(11, 19)}`;
  const heading = `${clock(incident.first)}${until} UTC   ${count(incident.failures, 'failure')}   ${incident.targetGroup}`;
  const groups = [...incident.groups.values()].sort((a, b) => b.failures - a.failures);
  const lines = [style.strong(heading), ...groups.slice(0, SHOWN.groups).flatMap((group) => groupLines(group, style))];
  const rest = groups.slice(SHOWN.groups).reduce((sum, group) => sum + group.failures, 0);
  return rest > 0 ? [...lines, `  and ${count(rest, 'failure')} of other kinds`] : lines;
}

const byCount = (counts: Map<string, number>): [string, number][] => [...counts].sort((a, b) => b[1] - a[1]);

function groupLines(group: Group, style: Style): string[] {
  const confidence = byCount(group.confidence)
    .map(([word, n]) => (group.confidence.size === 1 ? word : `${n} ${word}`))
    .join(', ');
  const other = group.otherCauses.size > 0 ? `, or ${[...group.otherCauses].join(' or ')}` : '';
  const cause = group.cause
    ? `, cause ${style.bad(group.cause)}${confidence || other ? ` (${confidence}${other})` : ''}`
    : '';
  const lines = [`  ${group.failures} × ${group.mechanism}${cause}`];
  const targets = byCount(group.targets);
  for (const [target, failures] of targets.slice(0, SHOWN.targets)) {
    lines.push(`    ${target}${targets.length > 1 ? ` (${failures})` : ''}`);
  }
  if (targets.length > SHOWN.targets) lines.push(`    and ${count(targets.length - SHOWN.targets, 'more target')}`);
  const when = group.cause === 'draining_target' ? routedText(group) : null;
  if (when) lines.push(`    ${when}`);
  const counted = (counts: Map<string, number>): string =>
    byCount(counts)
      .map(([word, n]) => (group.failures === 1 ? word : `${word} ${n}×`))
      .join(', ');
  if (group.targetWas.size > 0) lines.push(`    the target was ${counted(group.targetWas)}`);
  if (group.told.size > 0) lines.push(`    the balancer had been told: ${counted(group.told)}`);
  if (group.patterns.size > 0) lines.push(`    pattern: ${counted(group.patterns)}`);
  if (!when || group.confidence.has('ambiguous')) {
    const prefix = group.failures > 1 && group.targets.size > 1 ? 'the newest: ' : '';
    lines.push(`    ${prefix}${printable(group.because)}`);
  }
  return lines;
}

/** Seconds count from the latest possible time of the event, hence "at least". */
function routedText({ deletion, deregistration, exit, kind }: Group): string | null {
  const parts: string[] = [];
  const add = (span: Span | null, what: string): void => {
    if (!span) return;
    const { least } = span;
    parts.push(
      least === span.most
        ? `at least ${duration(least)} after its ${what}`
        : `${duration(least)} to ${duration(span.most)} after its ${what}`,
    );
  };
  add(deletion, endingWord(kind));
  add(deregistration, 'deregistration');
  add(exit, 'exit');
  return parts.length > 0 ? `routed ${parts.join(', ')}` : null;
}
