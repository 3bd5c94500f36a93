/** Pods as tables of `kubectl get pods` showed them round after round. */
import { type Micros, SECOND } from '../time/time.ts';
import { type Moment, type PodEvent, type PodFact, type Reading, UNSAID } from './fact.ts';
import { momentOfAge, type PodRow } from './kubectl-table.ts';
import { type Interval, intersect } from './moment.ts';

/** One listing of the pods as a table, and when it was asked for. */
export interface PodRound {
  line: number;
  asked: Interval;
  /** null if none was printed. */
  pods: { rows: PodRow[]; whole: boolean } | null;
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

/** Adds the facts of pods to the reading: what each round shows, and between which two something changed. */
export function readPodRounds(rounds: readonly PodRound[], reading: Reading): void {
  const lives: Life[] = [];
  let current = new Map<string, Life>();
  for (const { line, asked, pods } of rounds) {
    if (!pods) continue;
    reading.records += pods.rows.length;
    const next = new Map<string, Life>();
    for (const row of pods.rows) {
      const key = keyOf(row);
      let life = current.get(key);
      // A StatefulSet gives the name to the next pod.
      if (!life || isSuccessor(life, row, asked)) {
        life = newLife(row, asked);
        lives.push(life);
      }
      mention(life, row, asked);
      next.set(key, life);
    }
    if (!pods.whole) {
      // A listing with a damaged row, or one row of a watch, ends nothing: who is missing in it may still be there in the next one.
      for (const [key, life] of next) current.set(key, life);
    } else {
      for (const [key, life] of current) {
        if (next.get(key) === life) continue;
        const forward = life.listed.earliest <= asked.latest;
        if (forward) life.gone = { line, moment: { earliest: life.listed.earliest, latest: asked.latest } };
      }
      current = next;
    }
    for (const row of pods.rows) if (row.event === 'DELETED') current.delete(keyOf(row));
  }
  for (const life of lives) for (const fact of podFacts(life)) reading.facts.push(fact);
}

/** Returns under which key rounds hold the pod of a row. */
export const keyOf = (row: PodRow): string => `${row.namespace ?? ''}/${row.name}`;

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

export const isTerminating = (row: PodRow): boolean => row.status === 'Terminating';

/** A pod that is being deleted and whose containers have all ended is no longer called Terminating by kubectl since 1.27. */
export const hasEnded = (row: PodRow): boolean => /^(?:Completed|Error|Failed|Succeeded|OOMKilled)$/.test(row.status);

function isSuccessor(life: Life, row: PodRow, asked: Interval): boolean {
  if (life.deleted && !isTerminating(row) && !hasEnded(row)) return true;
  if (life.row.ip !== null && row.ip !== null && life.row.ip !== row.ip) return true;
  if (!row.age || !life.created) return false;
  return momentOfAge(row.age, asked).earliest > life.created.moment.latest + SKEW;
}

function mention(life: Life, row: PodRow, asked: Interval): void {
  const { line } = row;
  const before = life.listed;
  life.row = { ...row, ip: row.ip ?? life.row.ip, node: row.node ?? life.row.node };
  life.listed = asked;
  if (row.age) life.created = narrow(life.created, line, momentOfAge(row.age, asked));
  if (row.lastRestart) {
    const restart = narrow(life.restarts.get(row.restarts) ?? null, line, momentOfAge(row.lastRestart, asked));
    life.restarts.set(row.restarts, restart);
  }
  if (row.event === 'DELETED') life.gone = { line, moment: { earliest: before.earliest, latest: asked.latest } };
  if (isTerminating(row)) {
    const earliest: Micros | null = life.untroubled?.earliest ?? null;
    life.deleted ??= { line, moment: { earliest, latest: asked.latest } };
    return;
  }
  if (row.event === 'DELETED' || (life.deleted && hasEnded(row))) return;
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
