/** Reads the incident of a window for `report` and `nightly`. Answers may have tens of thousands of rows: only what is shown is kept. */
import { setFlagsFromString } from 'node:v8';
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import { type BoundValue, defaultValues } from '../query/parameter.ts';
import type { AdviceRow } from '../report/advice-row.ts';
import { addLife, assemble, occurrenceOf, rolloutOf, type TargetLives } from '../report/assemble.ts';
import { failuresOf, sampleOf, startOf } from '../report/failure.ts';
import type { Failure, Incident, RolloutSpan, Rows, SceneEvent, Traffic } from '../report/incident.ts';
import { incidentAdvice } from '../report/incident-advice.ts';
import { type KeepAliveRow, keepAliveSentences } from '../report/keep-alive.ts';
import { columnWord } from '../report/kind.ts';
import type { Row } from '../report/query-row.ts';
import { rateTaker } from '../report/rate.ts';
import { drawnLanes } from '../report/scene.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { rowsIn, select, selectAll } from '../store/select.ts';
import { DAY_MS, fromMillis, HOUR_MS, MINUTE_MS, SECOND_MS, toMillis } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import { ask, askInChunks } from './ask.ts';
import { addDetails, forOthers, readFailures } from './read-failures.ts';

/** Most listed failures, and rows of each table. Each table names the command that prints all. */
const LISTED = 200;
const TABLE_ROWS = 50;

/**
 * Percent by which the heap may grow between two collections. V8 takes some 200 by itself, and of 300,000 failures that is 150 MB
 * more for 10% less CPU time.
 */
const HEAP_GROWTH = 50;

/** Time around the failures whose traffic and deregistrations are read: what a picture shows at most. */
const AROUND = 10 * MINUTE_MS;

interface Window {
  from: number | null;
  to: number | null;
}

export interface IncidentOptions {
  zone?: Zone;
  /** Whether all failures have their own texts (trace id, request, why), or only those that a page lists. */
  isWhole?: boolean;
}

/** Reads the incident of a window (microseconds; null is open). */
export async function readIncident(
  connection: DuckDBConnection,
  window: Window,
  { zone = UTC, isWhole = false }: IncidentOptions = {},
): Promise<Incident> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  if (!isKept(connection, 'verdict')) await keepViews(connection, ['concluded', 'verdict', 'late_request']);
  const bounds = { from: timestamp(window.from), to: timestamp(window.to) };
  const questions = new Questions(connection, bounds, await kindOf(connection));
  const failures = await readFailures(connection, bounds);
  const rollouts: RolloutSpan[] = [];
  const advice = await questions.all('advice');
  const incident = assemble({
    failures,
    lives: await readLives(questions),
    rollouts,
    ...(await readSurroundings(connection, failures)),
    advice: incidentAdvice(
      advice as unknown as AdviceRow[],
      await questions.all('advice-curve', { longest: { type: 'integer', value: 300 } }),
      await questions.all('late-routing-per-deployment'),
    ),
    tables: [
      await questions.table('Rollouts', 'failures-per-rollout', (row) => rollouts.push(rolloutOf(row))),
      await questions.table('Targets', 'failures-per-target'),
      await questions.table('Settings in force, and what is advised', 'advice'),
      await questions.table('Failures that the evidence could not settle', 'unsettled-failures'),
      await questions.table('What is loaded', 'load-summary'),
      await questions.table('Rejected lines', 'rejected-lines'),
    ],
    keepAlive: keepAliveSentences((await questions.all('keep-alive-races')) as unknown as KeepAliveRow[]),
    window: {
      from: window.from === null ? null : toMillis(window.from),
      to: window.to === null ? null : toMillis(window.to),
    },
    listed: LISTED,
    zone,
  });
  const lanes = isWhole ? incident.episodes.flatMap((episode) => episode.lanes) : drawnLanes(incident);
  await questions.each('target-requests-per-second', rateTaker(incident.episodes, new Set(lanes)));
  const shown = failuresOf(incident.episodes);
  await addDetails(connection, bounds, isWhole ? shown : sampleOf(shown, LISTED), isWhole);
  return incident;
}

const timestamp = (value: number | null): BoundValue => ({ type: 'timestamp', value });

/** Returns the kind of targets, if there is only one. */
async function kindOf(connection: DuckDBConnection): Promise<string | null> {
  const kinds = await ask(connection, 'report-kinds');
  return kinds.length === 1 ? String(kinds[0]!.target_kind) : null;
}

/** Asks questions of the catalogue about one window. */
class Questions {
  readonly #connection: DuckDBConnection;
  readonly #window: Readonly<Record<'from' | 'to', BoundValue>>;
  readonly #kind: string | null;

  constructor(connection: DuckDBConnection, window: Readonly<Record<'from' | 'to', BoundValue>>, kind: string | null) {
    this.#connection = connection;
    this.#window = window;
    this.#kind = kind;
  }

  #parameters(name: string, given: Readonly<Record<string, BoundValue>>): Record<string, BoundValue> {
    const parameters = { ...defaultValues(catalogueQuery(name).parameters), ...given };
    for (const key of ['from', 'to'] as const) if (key in parameters) parameters[key] = this.#window[key];
    return parameters;
  }

  /** Returns all rows, of questions with few. */
  all(name: string, given: Readonly<Record<string, BoundValue>> = {}): Promise<Row[]> {
    return selectAll(this.#connection, catalogueQuery(name).sql, this.#parameters(name, given));
  }

  /** Calls `take` for each row, and keeps none. */
  async each(name: string, take: (row: Row) => void): Promise<void> {
    const rows = await select(this.#connection, catalogueQuery(name).sql, this.#parameters(name, {}));
    for await (const row of rowsIn(rows)) take(row);
  }

  /** Returns a table with the first rows. Calls `take` for each. */
  async table(title: string, name: string, take: (row: Row) => void = () => {}): Promise<Rows> {
    const first: Row[] = [];
    let total = 0;
    await this.each(name, (row) => {
      if (total < TABLE_ROWS) first.push(row);
      total++;
      take(row);
    });
    const columns = Object.keys(first[0] ?? {}).filter((column) => columnWord(column, this.#kind) !== null);
    const rows = first.map((row) => columns.map((column) => forOthers(row[column])));
    const heads = columns.map((column) => columnWord(column, this.#kind)!);
    return { title, command: `draintrace query ${name}`, columns: heads, rows, total };
  }
}

/** Reads the lives of the targets that failed. */
async function readLives(questions: Questions): Promise<TargetLives> {
  const lives = new Map();
  await questions.each('target-timeline', (row) => addLife(lives, row));
  return lives;
}

/** Reads the traffic, the deregistrations and the lost nodes around failures, which are in the order of time. */
async function readSurroundings(
  connection: DuckDBConnection,
  failures: readonly Failure[],
): Promise<{ occurrences: SceneEvent[]; traffic: Traffic[] }> {
  if (failures.length === 0) return { occurrences: [], traffic: [] };
  const first = startOf(failures[0]!);
  const last = failures.reduce((most, { failed }) => Math.max(most, failed), first);
  const window: Record<string, BoundValue> = {
    from: timestamp(fromMillis(first - AROUND)),
    to: timestamp(fromMillis(last + AROUND)),
  };
  const span = last - first;
  const [unit, length]: [string, number] =
    span < 4 * HOUR_MS ? ['second', SECOND_MS] : span < 10 * DAY_MS ? ['minute', MINUTE_MS] : ['hour', HOUR_MS];
  const traffic: Traffic[] = [];
  const units = await askInChunks(connection, 'report-traffic', { ...window, unit: { type: 'text', value: unit } });
  for await (const { begins_at, requests } of rowsIn(units)) {
    traffic.push({
      from: Date.parse(String(begins_at)),
      seconds: length / SECOND_MS,
      requests: Number(requests),
    });
  }
  const occurrences: SceneEvent[] = [];
  for await (const row of rowsIn(await askInChunks(connection, 'report-occurrences', window)))
    occurrences.push(occurrenceOf(row));
  return { occurrences, traffic };
}
