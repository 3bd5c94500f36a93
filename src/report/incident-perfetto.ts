/**
 * Prints an incident as Chrome trace events, which ui.perfetto.dev, chrome://tracing and speedscope open: a process for each target
 * with its life and its registration as slices, its failures by cause, and its requests as a counter. Times are microseconds.
 */
import { fromMillis, SECOND_MS } from '../time/time.ts';
import { startOf } from './failure.ts';
import type { EventTime, Failure, Incident, Lane } from './incident.ts';
import { scenesOf } from './scene.ts';
import { safeJson } from './text.ts';

interface TraceEvent {
  name: string;
  /** X: a slice, b and e: the ends of one that may overlap others, C: a counter, i: a moment, M: a name. */
  ph: 'X' | 'b' | 'e' | 'C' | 'i' | 'M';
  pid: number;
  tid?: number;
  ts?: number;
  dur?: number;
  cat?: string;
  id?: number;
  s?: 'g';
  args?: Readonly<Record<string, unknown>>;
}

/** The process of all that is not of one target. */
const INCIDENT = 1;
const [LIFE, REGISTRATION] = [1, 2];

/** Yields the trace, one event a line, in parts: whole it may be longer than a text can be. */
export function* incidentPerfetto(incident: Incident): Generator<string> {
  yield '{"displayTimeUnit":"ms","traceEvents":[\n';
  let isFirst = true;
  let lines: string[] = [];
  const part = (): string => {
    const text = `${isFirst ? '' : ',\n'}${lines.join(',\n')}`;
    isFirst = false;
    lines = [];
    return text;
  };
  let ids = 0;
  const add = (event: TraceEvent): void => {
    lines.push(safeJson(event));
  };
  /** Slices on one track may not overlap, so each of these has an id of its own. */
  const addSpan = (
    name: string,
    cat: string,
    pid: number,
    [from, to]: readonly [number, number],
    args: object,
  ): void => {
    const id = ++ids;
    add({ name, cat, ph: 'b', id, pid, ts: fromMillis(from), args: { ...args } });
    add({ name, cat, ph: 'e', id, pid, ts: fromMillis(Math.max(to, from + 1)) });
  };
  const addName = (name: string, pid: number): void => {
    add({ name: 'process_name', ph: 'M', pid, args: { name } });
    add({ name: 'process_sort_index', ph: 'M', pid, args: { sort_index: pid } });
  };

  addName(incident.headline, INCIDENT);
  incident.happenings.forEach(({ title, sentence, fix, from, to, failures }, i) => {
    addSpan(`${i + 1} ${title}`, 'happened', INCIDENT, [from, to], { failures, cause: sentence, fix });
  });
  for (const { rollout, kind, pods, to_workload, from, to } of incident.rollouts) {
    addSpan(`${kind} ${rollout}`, 'rollout', INCIDENT, [from, to], { pods, to: to_workload });
  }
  for (const { kind, name, at } of incident.occurrences) {
    add({ name: `${kind} ${name}`, cat: kind, ph: 'i', s: 'g', pid: INCIDENT, tid: LIFE, ts: fromMillis(at) });
  }
  for (const { from, seconds, requests } of incident.traffic) {
    add({
      name: 'requests per second',
      ph: 'C',
      pid: INCIDENT,
      ts: fromMillis(from),
      args: { requests: requests / seconds },
    });
  }
  addFailureCounters(incident, add);
  yield part();

  let pid = INCIDENT;
  for (const { groups } of scenesOf(incident)) {
    for (const { title, lanes, failures } of groups) {
      // Without a target there is no lane.
      if (lanes.length === 0)
        for (const one of failures) addSpan(nameOf(one), 'failure', INCIDENT, endsOf(one), argsOf(one));
      for (const lane of lanes) {
        pid++;
        addName(`${lane.pod ?? 'target not known'} ${lane.target} (${title})`, pid);
        addLives(lane, pid, add);
        for (const one of lane.failures) addSpan(nameOf(one), 'failure', pid, endsOf(one), argsOf(one));
        for (const { second, requests } of lane.rate) {
          add({ name: 'requests per second', ph: 'C', pid, ts: fromMillis(second), args: { requests } });
        }
        yield part();
      }
    }
  }
  if (lines.length > 0) yield part();
  yield '\n]}\n';
}

const nameOf = ({ cause, mechanism }: Failure): string => cause ?? mechanism;
const endsOf = (one: Failure): [number, number] => [startOf(one), one.failed];

/** Fields that a slice shows when it is chosen. */
const ARGUMENTS = [
  'mechanism',
  'confidence',
  'elb_status_code',
  'request_line',
  'trace_id',
  'because',
  'rollout',
] as const;

const argsOf = (failure: Failure): object => Object.fromEntries(ARGUMENTS.map((name) => [name, failure[name]]));

/** Adds how many requests failed in each second, by cause; the second after the last failure is none again. */
function addFailureCounters({ episodes }: Incident, add: (event: TraceEvent) => void): void {
  const seconds = new Map<number, Record<string, number>>();
  const causes = new Set<string>();
  for (const { lanes, untargeted } of episodes) {
    for (const one of [...lanes.flatMap(({ failures }) => failures), ...untargeted]) {
      const second = Math.floor(startOf(one) / SECOND_MS) * SECOND_MS;
      const counts = seconds.get(second) ?? {};
      counts[nameOf(one)] = (counts[nameOf(one)] ?? 0) + 1;
      causes.add(nameOf(one));
      seconds.set(second, counts);
    }
  }
  const none = Object.fromEntries([...causes].map((cause) => [cause, 0]));
  for (const second of [...seconds.keys()]) {
    if (!seconds.has(second + SECOND_MS)) seconds.set(second + SECOND_MS, {});
  }
  for (const [second, counts] of [...seconds].sort((a, b) => a[0] - b[0])) {
    add({ name: 'failures per second', ph: 'C', pid: INCIDENT, ts: fromMillis(second), args: { ...none, ...counts } });
  }
}

/** Returns the latest that a moment can have been. */
const latest = (moment: EventTime | null): number | null => moment?.latest ?? moment?.earliest ?? null;

/** Adds the life and the registration of a target, as far as their ends are known. */
function addLives(lane: Lane, pid: number, add: (event: TraceEvent) => void): void {
  const last = lane.failures.reduce((most, { failed }) => Math.max(most, failed), 0);
  const [created, ready, deleted, exited] = [lane.created, lane.ready, lane.deleted, lane.exited].map(latest);
  const [registered, deregistered, drained] = [lane.registered, lane.deregistered, lane.drained].map(latest);
  add({ name: 'thread_name', ph: 'M', pid, tid: LIFE, args: { name: 'life' } });
  add({ name: 'thread_name', ph: 'M', pid, tid: REGISTRATION, args: { name: 'registration' } });
  const slice = (name: string, tid: number, from: number | null | undefined, to: number): void => {
    if (from === null || from === undefined || to <= from) return;
    add({ name, cat: 'target', ph: 'X', pid, tid, ts: fromMillis(from), dur: fromMillis(to - from) });
  };
  const ends = deleted ?? exited ?? last;
  slice('starting', LIFE, created, ready ?? ends);
  slice('ready', LIFE, ready, ends);
  slice('terminating', LIFE, deleted, exited ?? last);
  slice('registered', REGISTRATION, registered, deregistered ?? last);
  slice('draining', REGISTRATION, deregistered, drained ?? last);
}
