/** Assembles an incident from query rows: groups failures by what happened and into episodes, and makes the lanes of each. */
import { MINUTE_MS, SECOND_MS } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import { spansOf } from './episode.ts';
import { groupName, podName, startOf, targetName } from './failure.ts';
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
  SceneEvent,
  Traffic,
} from './incident.ts';
import { isNextIncident } from './incident-pause.ts';
import { number, type Row, text, time } from './query-row.ts';
import { causeSentence, countCauses, fixSentence, headline } from './sentence.ts';
import { count } from './text.ts';

/** The life of each target that a lane shows; by target group, target and pod. A long incident has tens of thousands, so rows are not kept. */
export type TargetLives = ReadonlyMap<string, LaneLife>;
type LaneLife = Omit<Lane, 'target' | 'target_group' | 'pod' | 'workload' | 'failures' | 'rate'>;

/** Adds a row of target-timeline to the lives. */
export function addLife(lives: Map<string, LaneLife>, row: Row): void {
  const key = laneKey(groupName(text(row.target_group_arn)), targetName(row), podName(row));
  lives.set(key, {
    node: text(row.node),
    created: moment(row, 'created'),
    ready: moment(row, 'ready'),
    deleted: moment(row, 'deleted'),
    exited: moment(row, 'exited'),
    registered: moment(row, 'registered'),
    deregistered: moment(row, 'deregistered'),
    drained: moment(row, 'drained'),
    pre_stop_seconds: number(row.pre_stop_seconds),
  });
}

/** The life of a target of which target-timeline has no row. */
const UNKNOWN_LIFE: LaneLife = {
  node: null,
  created: null,
  ready: null,
  deleted: null,
  exited: null,
  registered: null,
  deregistered: null,
  drained: null,
  pre_stop_seconds: null,
};

/** Query results: failures, lives, rates, rollouts, and tables that are shown unchanged. */
export interface Answers {
  failures: readonly Failure[];
  lives: TargetLives;
  rollouts: readonly RolloutSpan[];
  occurrences: readonly SceneEvent[];
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

/** Returns the incident. Rows may come in any order. Numbers the failures by what happened. */
export function assemble(answers: Answers): Incident {
  const failures = [...answers.failures].sort((a, b) => startOf(a) - startOf(b));
  const episodes = episodesOf(failures, answers);
  const happenings = happeningsOf(failures, answers.rollouts, answers.advice);
  return {
    window: answers.window,
    headline: headline(failures, spansOf(episodes).length, answers.zone ?? UTC),
    ...tell(failures, happenings),
    failures: failures.length,
    causes: countCauses(failures),
    episodes,
    happenings,
    rollouts: answers.rollouts,
    occurrences: answers.occurrences,
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

/** Returns the rollout of a row of failures-per-rollout. */
export function rolloutOf(row: Row): RolloutSpan {
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

/** Returns the event of a row of report-occurrences. */
export const occurrenceOf = (row: Row): SceneEvent => ({
  kind: row.kind === 'node_lost' ? 'node_lost' : 'deregistered',
  name: text(row.name) ?? 'not named',
  at: time(row.happened_at) ?? 0,
});

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
  const lost = answers.occurrences.flatMap(({ kind, at }) => (kind === 'node_lost' ? [at] : []));
  return groups
    .map((group) => episodeOf(group, answers.lives, lost))
    .sort((a, b) => b.failures - a.failures || a.from - b.from);
}

function episodeOf(failures: readonly Failure[], lives: TargetLives, lost: readonly number[]): Episode {
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
  const lanes = [...byLane].map(([key, own]) => laneOf(own, lives.get(key) ?? UNKNOWN_LIFE));
  const moments = lanes
    .flatMap(({ deleted, exited, deregistered }) => [deleted, exited, deregistered])
    .flatMap((one) => [one?.earliest, one?.latest])
    // A node falls silent before its first failure.
    .concat(failures.some(({ cause }) => cause === 'node_lost') ? lost : [])
    .filter((one) => one !== null && one !== undefined)
    .filter((one) => one > first - REACH && one < last + REACH);
  const from = moments.reduce((least, one) => Math.min(least, one), first) - MARGIN;
  const to = moments.reduce((most, one) => Math.max(most, one), last) + MARGIN;
  return {
    from,
    to,
    failures: failures.length,
    lanes: lanes.sort((a, b) => b.failures.length - a.failures.length || (a.target < b.target ? -1 : 1)),
    untargeted: failures.filter(({ target }) => target === null),
    perSecond: perSecond(failures),
  };
}

function laneOf(failures: readonly Failure[], life: LaneLife): Lane {
  const [{ target, target_group, pod, workload }] = failures as readonly [Failure];
  return { target: target!, target_group, pod, workload, ...life, failures, rate: [] };
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
