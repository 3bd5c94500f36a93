/** Assembles an incident from query rows: groups failures by what happened and into episodes, and makes the lanes of each. */
import { MINUTE_MS, SECOND_MS } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import { happeningsOf } from './happening.ts';
import type {
  Advice,
  Episode,
  EventTime,
  Failure,
  Happening,
  Incident,
  Lane,
  RolloutSpan,
  Rows,
  Traffic,
} from './incident.ts';
import { isNextIncident } from './incident-pause.ts';
import { causeSentence, countCauses, fixSentence, headline } from './sentence.ts';
import { count } from './text.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Requests in a second, of each target; by target group and target. */
export type Rates = ReadonlyMap<string, readonly { second: number; requests: number }[]>;

/** Adds a row of target-requests-per-second to the rates. A long incident has hundreds of thousands, so rows are not kept. */
export function addRate(rates: Map<string, { second: number; requests: number }[]>, row: Row): void {
  const key = rateKey(groupName(text(row.target_group_arn)), `${text(row.target_ip)}:${row.target_port}`);
  const there = rates.get(key) ?? [];
  there.push({ second: time(row.second) ?? 0, requests: number(row.requests) ?? 0 });
  rates.set(key, there);
}

const rateKey = (group: string, target: string): string => `${group}\0${target}`;

/** Query results: failures, target-timeline, target-requests-per-second, and tables that are shown unchanged. */
export interface Answers {
  failures: readonly Failure[];
  targets: readonly Row[];
  rates: Rates;
  rollouts: readonly Row[];
  occurrences: readonly Row[];
  traffic: readonly Traffic[];
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

/** Returns the incident. Rows may come in any order. Numbers the failures by what happened. */
export function assemble(answers: Answers): Incident {
  const failures = [...answers.failures].sort((a, b) => startOf(a) - startOf(b));
  const episodes = episodesOf(failures, answers);
  const rollouts = answers.rollouts.map(rolloutOf);
  const happenings = happeningsOf(failures, rollouts, answers.advice);
  return {
    window: answers.window,
    headline: headline(failures, episodes.length, answers.zone ?? UTC),
    ...tell(failures, happenings),
    failures: failures.length,
    causes: countCauses(failures),
    episodes,
    happenings,
    rollouts,
    occurrences: answers.occurrences.map((row) => ({
      kind: row.kind === 'node_lost' ? 'node_lost' : 'deregistered',
      name: text(row.name) ?? 'not named',
      at: time(row.happened_at) ?? 0,
    })),
    traffic: answers.traffic,
    advice: answers.advice,
    keepAlive: answers.keepAlive,
    tables: answers.tables,
    listed: Math.min(failures.length, answers.listed),
  };
}

/** Most happenings that one paragraph tells; the page has a section for each. */
const TOLD = 3;

/** Returns the sentences of what happened, numbered where it was more than one thing: cause and fix tell of the same. */
function inAll(happenings: readonly Happening[], of: (one: Happening) => string): string {
  if (happenings.length === 1) return of(happenings[0]!);
  const told = happenings.slice(0, TOLD).map((one, i) => `(${i + 1}) ${of(one)}`);
  const rest = happenings.slice(TOLD).reduce((sum, { failures }) => sum + failures, 0);
  return [...told, ...(rest > 0 ? [`${count(rest, 'failure')} more of other kinds.`] : [])].join(' ');
}

/** Returns the cause and the fix. What happened several times for one cause is told once. */
function tell(failures: readonly Failure[], happenings: readonly Happening[]): { cause: string; fix: string } {
  const fixes = new Set(happenings.map(({ fix }) => fix));
  if (new Set(happenings.map(({ word }) => word)).size < 2 && fixes.size < 2) {
    return { cause: causeSentence(failures), fix: happenings[0]?.fix ?? fixSentence(failures) };
  }
  return { cause: inAll(happenings, ({ sentence }) => sentence), fix: inAll(happenings, ({ fix }) => fix) };
}

/** Returns when a failure's target was chosen, or when it failed where that is unknown. */
export const startOf = ({ routed, failed }: Failure): number => routed ?? failed;

function rolloutOf(row: Row): RolloutSpan {
  const from = time(row.started_at) ?? 0;
  return {
    rollout: text(row.rollout) ?? '',
    kind: text(row.kind) ?? 'rollout',
    deployment: [text(row.namespace), text(row.deployment)].filter((part) => part !== null).join('/'),
    to_workload: text(row.to_workload),
    pods: number(row.pods) ?? 0,
    from,
    to: from + (number(row.duration_seconds) ?? 0) * SECOND_MS,
  };
}

/** Segments of a path that name one thing, as in the view requests. */
const ID =
  /\/(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[^/]*[0-9]{4}[^/]*)(?=\/|$)/g;

/** Returns the path of `GET https://shop.example:443/cart/17?a=b HTTP/2.0` with ids folded: `/cart/{id}`. */
export function pathTemplate(requestLine: string | null): string | null {
  const path = /^\S+ [a-z]+:\/\/[^/?#\s]*(\/[^?#\s]*)/i.exec(requestLine ?? '')?.[1];
  return path === undefined ? null : path.replace(ID, '/{id}');
}

/** Returns the failure of a row of report-failures, or of the target of another row. */
export function failureOf(row: Row): Failure {
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
    node: text(row.node),
    path: pathTemplate(text(row.request_line)),
    rollout: text(row.rollout),
    happening: 0,
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
  return groups
    .map((group) => episodeOf(group, rows, answers.rates))
    .sort((a, b) => b.failures - a.failures || a.from - b.from);
}

function episodeOf(failures: readonly Failure[], rows: ReadonlyMap<string, Row>, rates: Rates): Episode {
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
        rate: (rates.get(rateKey(lane.target_group, lane.target)) ?? []).filter(
          ({ second }) => second >= from && second <= to,
        ),
      }))
      .sort((a, b) => b.failures.length - a.failures.length || (a.target < b.target ? -1 : 1)),
    untargeted: failures.filter(({ target }) => target === null),
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
