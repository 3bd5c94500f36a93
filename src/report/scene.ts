/** Prepares the pictures of an incident: scenes of time, groups of lanes by rollout and fate, and marks as numbers. */
import { CAUSES, MECHANISMS } from '../query/word.ts';
import { HOUR_MS } from '../time/time.ts';
import { spansOf } from './episode.ts';
import { startOf } from './failure.ts';
import type { Episode, Failure, Incident, Lane } from './incident.ts';
import { kindWord } from './kind.ts';
import type { MarkWords } from './lane-marks.ts';
import { MARK_SHAPES, shapeOf } from './mark.ts';
import { classOf } from './palette.ts';
import { countCauses } from './sentence.ts';
import { clock, count, printable } from './text.ts';

/** Targets with one rollout and one fate. */
export interface LaneGroup {
  title: string;
  lanes: readonly Lane[];
  failures: readonly Failure[];
  causes: readonly { cause: string; failures: number }[];
}

/** A span of time with failures and no long pause; one axis. */
export interface Scene {
  from: number;
  to: number;
  failures: number;
  targets: number;
  groups: readonly LaneGroup[];
}

/** Scenes that a page draws, and lanes of the whole page. */
export const SCENES = 5;
export const LANES = 400;

/** Returns the lanes that a page draws one by one. */
export const drawnLanes = (incident: Incident): Lane[] =>
  scenesOf(incident)
    .slice(0, SCENES)
    .flatMap(({ groups }) => groups.flatMap(({ lanes }) => lanes))
    .slice(0, LANES);

/** Returns the scenes of an incident, worst first: episodes of all target groups that overlap in time are one. */
export function scenesOf({ episodes }: Incident): Scene[] {
  return spansOf(episodes)
    .map(sceneOf)
    .sort((a, b) => b.failures - a.failures);
}

function sceneOf(episodes: readonly Episode[]): Scene {
  const groups = new Map<string, { title: string; lanes: Lane[] }>();
  const every = episodes.flatMap(({ lanes }) => lanes);
  const isOneGroup = every.every(({ target_group }) => target_group === every[0]!.target_group);
  for (const lane of every) {
    const title = isOneGroup ? titleOf(lane) : `${titleOf(lane)}, ${lane.target_group}`;
    const key = `${lane.target_group}\0${title}`;
    const there = groups.get(key) ?? { title, lanes: [] };
    there.lanes.push(lane);
    groups.set(key, there);
  }
  const all = [...groups.values()].map(({ title, lanes }) => {
    const failures = lanes.flatMap((lane) => lane.failures).sort((a, b) => startOf(a) - startOf(b));
    return {
      title: `${count(lanes.length, lanes[0]!.failures[0]!.kind === null ? 'target' : kindWord(lanes[0]!.failures[0]!.kind))} ${title}`,
      lanes: [...lanes].sort((a, b) => startOf(a.failures[0]!) - startOf(b.failures[0]!)),
      failures,
      causes: countCauses(failures),
    };
  });
  const untargeted = episodes.flatMap(({ untargeted }) => untargeted).sort((a, b) => startOf(a) - startOf(b));
  if (untargeted.length > 0) {
    all.push({ title: 'No target was chosen', lanes: [], failures: untargeted, causes: countCauses(untargeted) });
  }
  return {
    from: episodes.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    to: episodes.reduce((most, { to }) => Math.max(most, to), 0),
    failures: episodes.reduce((sum, { failures }) => sum + failures, 0),
    targets: episodes.reduce((sum, { lanes }) => sum + lanes.length, 0),
    groups: mostOf(all.sort((a, b) => b.failures.length - a.failures.length)),
  };
}

/** Groups of a scene; the smaller ones beyond are one. */
const GROUPS = 60;

function mostOf(groups: readonly LaneGroup[]): LaneGroup[] {
  const rest = groups.slice(GROUPS);
  if (rest.length < 2) return [...groups];
  const lanes = rest.flatMap((group) => group.lanes);
  const failures = rest.flatMap((group) => group.failures).sort((a, b) => startOf(a) - startOf(b));
  const title = `${count(lanes.length, 'target')} of ${rest.length} smaller groups`;
  return [...groups.slice(0, GROUPS), { title, lanes, failures, causes: countCauses(failures) }];
}

/** Says the fate of a lane's target, and the rollout that its failures belong to. */
function titleOf({ failures, deleted, exited, deregistered, ready, created }: Lane): string {
  const causes = new Set(failures.map(({ cause }) => cause));
  const fate = causes.has('node_lost')
    ? 'lost with their node'
    : deleted
      ? 'that ended'
      : causes.has('container_restart')
        ? 'that restarted'
        : exited
          ? 'that ended'
          : deregistered
            ? 'that were deregistered'
            : ready || created
              ? 'that lived on'
              : 'of unknown fate';
  const rollouts = new Map<string, number>();
  for (const { rollout } of failures) if (rollout !== null) rollouts.set(rollout, (rollouts.get(rollout) ?? 0) + 1);
  const [most] = [...rollouts].sort((a, b) => b[1] - a[1]);
  return most === undefined ? fate : `${fate}, rollout ${most[0]}`;
}

/** Milliseconds in which failures of one kind are one mark, at most. */
const LONGEST_STEP = HOUR_MS;
/** Most marks whose exact times are in the page. More are counted in steps of time, as long as it takes. */
const EXACT_MARKS = 30_000;
/** Most paths that the page can filter by; others are one. */
const PATHS = 20;
const OTHER_PATHS = 'other paths';

const isWord = (words: readonly string[], word: string): boolean => words.includes(word);

/** The marks of an incident as numbers, and the words that they stand for. */
export class MarkNumbers {
  readonly words: MarkWords;
  readonly paths: readonly string[];
  /** Milliseconds of a step; 1 where times are exact. */
  readonly step: number;
  /** The kind of each failure: asked for again and again, and the longest part of a page with 300,000. */
  readonly #kinds = new Map<Failure, number>();
  readonly #known: ReadonlySet<string>;

  constructor(incident: Incident) {
    const all = incident.episodes.flatMap(({ lanes, untargeted }) => [
      ...lanes.map(({ failures }) => failures),
      untargeted,
    ]);
    const counts = new Map<string, number>();
    for (const failures of all) {
      for (const { path } of failures) if (path !== null) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    const kept = incident.failures > EXACT_MARKS ? PATHS / 4 : PATHS;
    this.#known = new Set(
      [...counts]
        .sort((a, b) => b[1] - a[1])
        .slice(0, kept)
        .map(([path]) => path),
    );
    const kinds: [string, string, string][] = [];
    const places = new Map<string, number>();
    const shapes: Record<string, string> = {};
    const classes: Record<string, string> = {};
    for (const failures of all) {
      for (const failure of failures) {
        const kind = this.#kindOf(failure);
        const key = kind.join('\0');
        const place = places.get(key) ?? kinds.length;
        this.#kinds.set(failure, place);
        if (place < kinds.length) continue;
        places.set(key, place);
        kinds.push(kind);
        shapes[kind[0]] = MARK_SHAPES[shapeOf(kind[0])]!;
        classes[kind[1]] = classOf(kind[1]);
      }
    }
    this.words = { kinds, shapes, classes };
    this.paths = [...new Set(kinds.map(([, , path]) => path))].filter((path) => path !== '').sort();
    let step = 1;
    if (incident.failures > EXACT_MARKS) {
      step = 250;
      // As many lanes as that have as many marks, however long a step is.
      while (step < LONGEST_STEP && all.reduce((sum, one) => sum + this.#stepsOf(one, step), 0) > EXACT_MARKS)
        step *= 2;
    }
    this.step = step;
  }

  /** A word of a verdict that is none, from a database that somebody made, is not drawn: marks hold words as they are. */
  #kindOf({ mechanism, cause, path }: Failure): [string, string, string] {
    return [
      isWord(MECHANISMS, mechanism) ? mechanism : 'other',
      cause === null ? '' : isWord(CAUSES, cause) ? cause : 'unknown',
      path === null ? '' : this.#known.has(path) ? printable(path) : OTHER_PATHS,
    ];
  }

  /** Returns the number of marks that failures make in steps of time. */
  #stepsOf(failures: readonly Failure[], step: number): number {
    const kinds = this.words.kinds.length;
    return new Set(failures.map((one) => Math.floor(startOf(one) / step) * kinds + this.#kinds.get(one)!)).size;
  }

  /** Returns the marks of failures as laneMarks takes them, in milliseconds after `base`. */
  pointsOf(failures: readonly Failure[], base: number): number[] {
    const points = new Map<number, [at: number, tail: number, kind: number, n: number]>();
    for (const failure of failures) {
      const kind = this.#kinds.get(failure)!;
      const at = Math.floor((startOf(failure) - base) / this.step) * this.step;
      const tail = Math.max(0, failure.failed - base - at);
      const key = at * this.words.kinds.length + kind;
      const there = points.get(key);
      if (there) {
        there[1] = Math.max(there[1], tail);
        there[3]++;
      } else points.set(key, [at, tail, kind, 1]);
    }
    return [...points.values()].sort((a, b) => a[0] - b[0]).flat();
  }
}

/** Returns points as text for the page's script: differences in base 36, a mark ends with a blank, a count of 1 is left out. */
export function pointsText(points: readonly number[]): string {
  let last = 0;
  const parts: string[] = [];
  for (let i = 0; i < points.length; i += 4) {
    const [at, tail, kind, n] = points.slice(i, i + 4) as [number, number, number, number];
    const numbers = [at - last, tail, kind, ...(n > 1 ? [n] : [])];
    parts.push(numbers.map((one) => Math.round(one).toString(36)).join(','));
    last = at;
  }
  return parts.join(' ');
}

/** Returns the span of a scene for a heading. */
export const sceneSpan = ({ from, to }: Scene): string =>
  `${new Date(from).toISOString().slice(0, 10)} ${clock(from)} to ${clock(to)} UTC`;
