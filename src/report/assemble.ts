/** Assembles an incident from query rows: groups failures into episodes, and chooses the lanes of each picture. */
import { MINUTE_MS, SECOND_MS } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import type { Advice, Episode, EventTime, Failure, Incident, Lane, Rows } from './incident.ts';
import { isNextIncident } from './incident-pause.ts';
import { causeSentence, countCauses, fixSentence, headline } from './sentence.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Query results: trace, target-timeline, target-requests-per-second, and tables that are shown unchanged. */
export interface Answers {
  failures: readonly Row[];
  targets: readonly Row[];
  rates: readonly Row[];
  advice: readonly Advice[];
  keepAlive: readonly string[];
  tables: readonly Rows[];
  window: { from: number | null; to: number | null };
  /** Most failures that are listed one by one. */
  listed: number;
  /** Zone of the times in sentences; default: UTC. */
  zone?: Zone;
}

/** Least time shown before and after an episode's failures, milliseconds. */
const MARGIN = 15 * SECOND_MS;
/** A life that begins or ends further away does not stretch the picture. */
const REACH = 5 * MINUTE_MS;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const time = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);

/** Returns the incident. Rows may come in any order. */
export function assemble(answers: Answers): Incident {
  const failures = answers.failures.map(failureOf).sort((a, b) => startOf(a) - startOf(b));
  const episodes = episodesOf(failures, answers);
  const advised = answers.advice.filter(({ advised }) => advised !== null);
  return {
    window: answers.window,
    headline: headline(failures, episodes.length, answers.zone ?? UTC),
    cause: causeSentence(failures),
    fix: advised.length > 0 ? advised.map(({ sentence }) => sentence).join(' ') : fixSentence(failures),
    failures: failures.length,
    causes: countCauses(failures),
    episodes,
    advice: answers.advice,
    keepAlive: answers.keepAlive,
    tables: answers.tables,
    listed: Math.min(failures.length, answers.listed),
  };
}

const startOf = ({ routed, failed }: Failure): number => routed ?? failed;

function failureOf(row: Row): Failure {
  const namespace = text(row.pod_namespace);
  const name = text(row.pod_name);
  const ip = text(row.target_ip);
  return {
    trace_id: text(row.trace_id),
    routed: time(row.request_creation_time),
    failed: time(row.time) ?? 0,
    mechanism: text(row.mechanism) ?? 'other',
    cause: text(row.cause),
    confidence: text(row.confidence),
    other_cause: text(row.other_cause),
    elb_status_code: number(row.elb_status_code) ?? 0,
    request_line: text(row.request_line),
    target: ip === null ? null : `${ip}:${row.target_port}`,
    target_group: groupName(text(row.target_group_arn)),
    pod: text(row.target_name) ?? (name === null ? null : namespace === null ? name : `${namespace}/${name}`),
    kind: text(row.target_kind),
    pattern: text(row.pattern),
    workload: text(row.workload),
    seconds_after_deletion: number(row.seconds_after_deletion),
    seconds_after_deregistration: number(row.seconds_after_deregistration),
    seconds_after_exit: number(row.seconds_after_exit),
    because: text(row.because) ?? '',
  };
}

/** Returns `name` for `arn:…:targetgroup/name/id`. */
export function groupName(arn: string | null): string {
  if (arn === null || arn === '') return 'no target group';
  return /targetgroup\/([^/]+)/.exec(arn)?.[1] ?? arn;
}

function moment(row: Row, name: string): EventTime | null {
  const earliest = time(row[`${name}_earliest`]);
  const latest = time(row[`${name}_latest`]);
  return earliest === null && latest === null ? null : { earliest, latest };
}

const laneKey = (group: string, target: string | null, pod: string | null) => `${group}\0${target}\0${pod}`;

function episodesOf(failures: readonly Failure[], answers: Answers): Episode[] {
  const groups: Failure[][] = [];
  const open = new Map<string, { failures: Failure[]; ended: number }>();
  for (const failure of failures) {
    const last = open.get(failure.target_group);
    if (last && !isNextIncident(last.ended, startOf(failure))) {
      last.failures.push(failure);
      last.ended = Math.max(last.ended, failure.failed);
    } else {
      const next = { failures: [failure], ended: failure.failed };
      groups.push(next.failures);
      open.set(failure.target_group, next);
    }
  }
  const rows = new Map<string, Row>();
  for (const row of answers.targets) {
    const { target_group, target, pod } = failureOf(row);
    rows.set(laneKey(target_group, target, pod), row);
  }
  const rates = new Map<string, { second: number; requests: number }[]>();
  for (const row of answers.rates) {
    const { target_group, target } = failureOf(row);
    const key = `${target_group}\0${target}`;
    const there = rates.get(key) ?? [];
    there.push({ second: time(row.second) ?? 0, requests: number(row.requests) ?? 0 });
    rates.set(key, there);
  }
  return groups
    .map((group) => episodeOf(group, rows, rates))
    .sort((a, b) => b.failures - a.failures || a.from - b.from);
}

function episodeOf(
  failures: readonly Failure[],
  rows: ReadonlyMap<string, Row>,
  rates: ReadonlyMap<string, { second: number; requests: number }[]>,
): Episode {
  const byLane = new Map<string, Failure[]>();
  for (const failure of failures) {
    if (failure.target === null) continue;
    const key = laneKey(failure.target_group, failure.target, failure.pod);
    const there = byLane.get(key) ?? [];
    there.push(failure);
    byLane.set(key, there);
  }
  const first = startOf(failures[0]!);
  const last = failures.reduce((most, { failed }) => Math.max(most, failed), 0);
  const lanes = [...byLane].map(([key, own]) => laneOf(own, rows.get(key) ?? {}));
  const moments = lanes
    .flatMap(({ deleted, exited, deregistered }) => [deleted, exited, deregistered])
    .flatMap((one) => [one?.earliest, one?.latest])
    .filter((one) => one !== null && one !== undefined)
    .filter((one) => one > first - REACH && one < last + REACH);
  const from = moments.reduce((least, one) => Math.min(least, one), first) - MARGIN;
  const to = moments.reduce((most, one) => Math.max(most, one), last) + MARGIN;
  return {
    from,
    to,
    failures: failures.length,
    lanes: lanes
      .map((lane) => ({
        ...lane,
        rate: (rates.get(`${lane.target_group}\0${lane.target}`) ?? []).filter(
          ({ second }) => second >= from && second <= to,
        ),
      }))
      .sort((a, b) => b.failures.length - a.failures.length || (a.target < b.target ? -1 : 1)),
    perSecond: perSecond(failures),
  };
}

function laneOf(failures: readonly Failure[], row: Row): Lane {
  const [one] = failures as readonly [Failure];
  return {
    target: one.target!,
    target_group: one.target_group,
    pod: one.pod,
    workload: one.workload,
    node: text(row.node),
    created: moment(row, 'created'),
    ready: moment(row, 'ready'),
    deleted: moment(row, 'deleted'),
    exited: moment(row, 'exited'),
    registered: moment(row, 'registered'),
    deregistered: moment(row, 'deregistered'),
    drained: moment(row, 'drained'),
    pre_stop_seconds: number(row.pre_stop_seconds),
    failures,
    rate: [],
  };
}

function perSecond(failures: readonly Failure[]): { second: number; cause: string; failures: number }[] {
  const sums = new Map<string, { second: number; cause: string; failures: number }>();
  for (const { failed, cause, mechanism } of failures) {
    const second = Math.floor(failed / SECOND_MS) * SECOND_MS;
    const word = cause ?? mechanism;
    const sum = sums.get(`${second} ${word}`) ?? { second, cause: word, failures: 0 };
    sum.failures++;
    sums.set(`${second} ${word}`, sum);
  }
  return [...sums.values()].sort((a, b) => a.second - b.second || (a.cause < b.cause ? -1 : 1));
}
