/** The transcript of the recorded test script: pods and targets as they were seen round after round. */

import {
  type Micros,
  type Moment,
  type PodEvent,
  type PodFact,
  type Reading,
  type ReadingContext,
  UNSAID,
} from './fact.ts';
import { asObject } from './json-value.ts';
import { momentOfAge, type PodRow } from './kubectl-table.ts';
import { type Interval, intersect, SECOND } from './moment.ts';
import { type Round, readRounds } from './probe-round.ts';
import { reject } from './rejection.ts';
import { TargetGroup } from './target-listing.ts';

/**
 * Returns the facts of every complete round. Local times are read at `timezoneMinutes`. A pod or target that one round
 * lists and the next one does not is gone or absent, as long as both listings are whole.
 */
export function readProbeTranscript(text: string, context: ReadingContext): Reading {
  const { rounds, rejected } = readRounds(text, context.timezoneMinutes);
  const reading: Reading = { records: 0, facts: [], rejected, notes: [] };
  if (rounds.length > 0 && context.timezoneMinutes === 0) {
    reading.notes.push('Its local times were read as UTC; --timezone says otherwise.');
  }
  readPods(rounds, reading);
  readTargets(rounds, reading);
  reading.rejected.sort((a, b) => a.line - b.line);
  return reading;
}

/** One pod as the rounds showed it. */
interface Life {
  row: PodRow;
  created: { line: number; moment: Interval } | null;
  /** By number of restarts: when the last of them was. */
  restarts: Map<number, { line: number; moment: Interval }>;
  /** When it was last listed, and last listed without Terminating. */
  listed: Interval;
  untroubled: Interval | null;
  deleted: { line: number; moment: Moment } | null;
  gone: { line: number; moment: Moment } | null;
  seen: { line: number; moment: Interval }[];
}

function readPods(rounds: Round[], reading: Reading): void {
  const lives: Life[] = [];
  let current = new Map<string, Life>();
  for (const { line, asked, pods } of rounds) {
    if (!pods) continue;
    reading.records += pods.rows.length;
    const next = new Map<string, Life>();
    for (const row of pods.rows) {
      const key = `${row.namespace ?? ''}/${row.name}`;
      let life = current.get(key);
      // A StatefulSet gives the name to the next pod.
      if (!life || isSuccessor(life, row, asked)) {
        life = newLife(row, asked);
        lives.push(life);
      }
      mention(life, row, asked);
      next.set(key, life);
    }
    for (const [key, life] of current) {
      if (next.get(key) === life) continue;
      const forward = life.listed.earliest <= asked.latest;
      if (pods.whole && forward) life.gone = { line, moment: { earliest: life.listed.earliest, latest: asked.latest } };
    }
    // A listing with a damaged row ends nothing: who is missing in it may still be there in the next one.
    current = pods.whole ? next : new Map([...current, ...next]);
  }
  for (const life of lives) for (const fact of podFacts(life)) reading.facts.push(fact);
}

function newLife(row: PodRow, asked: Interval): Life {
  return {
    row,
    created: null,
    restarts: new Map(),
    listed: asked,
    untroubled: null,
    deleted: null,
    gone: null,
    seen: [],
  };
}

/** Ages come from whichever API server answered; their clocks may differ by this much without it being another pod. */
const SKEW = 5 * SECOND;

const isTerminating = (row: PodRow): boolean => row.status === 'Terminating';

function isSuccessor(life: Life, row: PodRow, asked: Interval): boolean {
  if (life.deleted && !isTerminating(row)) return true;
  if (life.row.ip !== null && row.ip !== null && life.row.ip !== row.ip) return true;
  if (!row.age || !life.created) return false;
  return momentOfAge(row.age, asked).earliest > life.created.moment.latest + SKEW;
}

function mention(life: Life, row: PodRow, asked: Interval): void {
  const { line } = row;
  life.row = { ...row, ip: row.ip ?? life.row.ip, node: row.node ?? life.row.node };
  life.listed = asked;
  if (row.age) life.created = narrow(life.created, line, momentOfAge(row.age, asked));
  if (row.lastRestart) {
    const restart = narrow(life.restarts.get(row.restarts) ?? null, line, momentOfAge(row.lastRestart, asked));
    life.restarts.set(row.restarts, restart);
  }
  if (isTerminating(row)) {
    const earliest: Micros | null = life.untroubled?.earliest ?? null;
    life.deleted ??= { line, moment: { earliest, latest: asked.latest } };
    return;
  }
  life.untroubled = asked;
  if (row.status === 'Running' && row.allReady) life.seen.push({ line, moment: asked });
}

/** The same event seen again: what both say. Where clocks made them disagree, the first stands. */
function narrow(said: { line: number; moment: Interval } | null, line: number, moment: Interval) {
  return said ? { line: said.line, moment: intersect(said.moment, moment) ?? said.moment } : { line, moment };
}

function podFacts(life: Life): PodFact[] {
  const { row } = life;
  const fact = (event: PodEvent, said: { line: number; moment: Moment }): PodFact => ({
    ...UNSAID,
    kind: 'pod',
    line: said.line,
    event,
    earliest: said.moment.earliest,
    latest: said.moment.latest,
    namespace: row.namespace,
    name: row.name,
    ip: row.ip,
    node: row.node,
  });
  return [
    ...(life.created ? [fact('created', life.created)] : []),
    ...[...life.restarts.values()].map((said) => fact('restarted', said)),
    ...(life.deleted ? [fact('deleted', life.deleted)] : []),
    ...(life.gone ? [fact('gone', life.gone)] : []),
    ...life.seen.map((said) => fact('seen', said)),
  ];
}

function readTargets(rounds: Round[], reading: Reading): void {
  const group = new TargetGroup();
  for (const { asked, targets } of rounds) {
    if (!targets) continue;
    const descriptions = asObject(targets.value)?.TargetHealthDescriptions;
    if (!Array.isArray(descriptions)) {
      reading.rejected.push(reject(targets.line, 'not_target_health', targets.text));
      continue;
    }
    const { line, elementLines: lines } = targets;
    const { facts, rejected } = group.next({ line, lines, moment: asked, target_group_arn: null, descriptions });
    for (const fact of facts) {
      reading.facts.push(fact);
      if (fact.state !== 'absent') reading.records++;
    }
    for (const rejection of rejected) reading.rejected.push(rejection);
  }
}
