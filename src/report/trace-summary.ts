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
 *         routed at least 0.316 s after its deletion, at least 0.316 s after its
 *           deregistration
 */
import { spanText, UTC, type Zone } from '../time/zone.ts';
import { Answer, type AnswerContext } from './answer.ts';
import { groupName } from './failure.ts';
import { isNextIncident } from './incident-pause.ts';
import type { Style } from './style.ts';
import { cellWidth, count, pad, printable, wrap } from './text.ts';
import { addToGroup, groupLines, type TraceGroup, type TraceRow } from './trace-group.ts';
import type { Unproven } from './traffic-shape.ts';

/** Values of `missing` for a target that is an instance or a node. */
const MACHINE: ReadonlySet<string> = new Set(['machine of the address', 'state of the machine']);

/** Most incidents, and groups of an incident, to show; the rest is counted. */
const SHOWN = { incidents: 10, groups: 8 };
const WIDTH = 80;
/** Column of the effects of the next commands. */
const NEXT = 36;
/** Indent of an effect on lines of its own: commands in it are typed again, so each has a line. */
const AFTER = '        ';

interface Incident {
  targetGroup: string;
  first: string;
  last: string;
  failures: number;
  groups: Map<string, TraceGroup>;
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
      incident = { targetGroup: key, first: at, last: at, failures: 0, groups: new Map() };
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

  /** The causes of the failures. */
  get causes(): ReadonlySet<string> {
    return this.#causes;
  }

  /** Incidents of which evidence covers at most half of the failures. */
  get unproven(): readonly Unproven[] {
    const open = ({ cause, failures, confidence }: TraceGroup): number =>
      cause === 'no_evidence' ? failures : (confidence.get('likely') ?? 0);
    return this.#incidents.filter(
      ({ groups, failures }) => 2 * [...groups.values()].reduce((sum, group) => sum + open(group), 0) > failures,
    );
  }

  /**
   * Returns the story, lines ended. Of `context` the number of incidents is known here. `looks` are lines of traffic-shape.ts.
   */
  text(style: Style, context: Omit<AnswerContext, 'incidents'>, looks: readonly string[] = []): string {
    const zone = context.zone ?? UTC;
    if (this.#failures === 0) return 'No failure made by the balancer.\n';
    const incidents = [...this.#incidents].sort((a, b) => (a.last < b.last ? 1 : a.last > b.last ? -1 : 0));
    const lines = [
      ...this.#answer
        .lines({ ...context, incidents: incidents.length, adviser: 'the last lines name' })
        .map((line, i) => (i === 0 ? style.strong(line) : line)),
      ...looks,
      ...incidents.slice(0, SHOWN.incidents).flatMap((incident) => ['', ...incidentLines(incident, style, zone)]),
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
      const typed = `${lines.length === 0 ? 'next:' : '     '} draintrace ${command}`;
      const line = `${pad(typed, NEXT, 'right')} ${does}`;
      // A command is typed again, so it stays on one line.
      lines.push(
        ...(cellWidth(line) <= WIDTH
          ? [line]
          : [typed, ...does.split(/(?<=,) (?=or )/).flatMap((part) => wrap(part, WIDTH, AFTER, AFTER))]),
      );
    };
    add('trace --format json', 'every failure with its numbers and evidence');
    if (this.#causes.has('draining_target')) {
      add('query late-routing', 'how long targets that go are chosen');
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

function incidentLines(incident: Incident, style: Style, zone: Zone): string[] {
  const when = `${spanText(incident.first, incident.last, zone)}   ${count(incident.failures, 'failure')}`;
  const group = printable(groupName(incident.targetGroup));
  const heading = `${when}   ${group}`;
  const groups = [...incident.groups.values()].sort((a, b) => b.failures - a.failures);
  const lines = [
    ...(cellWidth(heading) <= WIDTH ? [heading] : [when, `  ${group}`]).map(style.strong),
    ...groups.slice(0, SHOWN.groups).flatMap((group) => groupLines(group, incident.failures, style, zone)),
  ];
  const rest = groups.slice(SHOWN.groups).reduce((sum, group) => sum + group.failures, 0);
  return rest > 0 ? [...lines, `  and ${count(rest, 'failure')} of other kinds`] : lines;
}
