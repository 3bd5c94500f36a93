/** Reads the incident of a window for `report` and `nightly`. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { redacted } from '../evidence/redact.ts';
import { catalogueQuery } from '../query/catalogue.ts';
import { type BoundValue, defaultValues } from '../query/parameter.ts';
import type { AdviceRow } from '../report/advice-row.ts';
import { addRate, assemble, failureOf, type Rates, type Row, startOf } from '../report/assemble.ts';
import type { Failure, Incident, Rows, Traffic } from '../report/incident.ts';
import { incidentAdvice } from '../report/incident-advice.ts';
import { type KeepAliveRow, keepAliveSentences } from '../report/keep-alive.ts';
import { columnWord } from '../report/kind.ts';
import { isKept, keepViews } from '../store/materialised-view.ts';
import { select, selectAll } from '../store/select.ts';
import { DAY_MS, fromMillis, HOUR_MS, MINUTE_MS, SECOND_MS, toMillis } from '../time/time.ts';
import { UTC, type Zone } from '../time/zone.ts';
import { ask, askInChunks } from './ask.ts';
import { usualKind } from './usual-kind.ts';

/** Most listed failures, and rows of each table. Each table names the command that prints all. */
const LISTED = 200;
const TABLE_ROWS = 50;

/** Time around the failures whose traffic and deregistrations are read: what a picture shows at most. */
const AROUND = 10 * MINUTE_MS;

/** A report is passed on, so query strings are redacted: they may hold tokens and do not explain a failure. */
const forOthers = <T>(cell: T): T | string => (typeof cell === 'string' ? redacted(cell) : cell);

interface Window {
  from: number | null;
  to: number | null;
}

/** Reads the incident of a window (microseconds; null is open). */
export async function readIncident(connection: DuckDBConnection, window: Window, zone: Zone = UTC): Promise<Incident> {
  if (!isKept(connection, 'verdict')) await keepViews(connection, ['concluded', 'verdict', 'late_request']);
  const asked = new Map<string, Promise<Row[]>>();
  const askOnce = (name: string, given: Record<string, BoundValue>): Promise<Row[]> => {
    const query = catalogueQuery(name);
    const parameters: Record<string, BoundValue> = { ...defaultValues(query.parameters), ...given };
    for (const key of ['from', 'to'] as const) {
      if (key in parameters) parameters[key] = { type: 'timestamp', value: window[key] };
    }
    return selectAll(connection, query.sql, parameters);
  };
  const rowsOf = (name: string, given: Record<string, BoundValue> = {}): Promise<Row[]> => {
    const rows = asked.get(name) ?? askOnce(name, given);
    asked.set(name, rows);
    return rows;
  };
  const kinds = await ask(connection, 'report-kinds');
  const kind = kinds.length === 1 ? String(kinds[0]!.target_kind) : null;
  const table = async (title: string, name: string): Promise<Rows> => {
    const rows = await rowsOf(name);
    const columns = Object.keys(rows[0] ?? {}).filter((column) => columnWord(column, kind) !== null);
    const shown = rows.slice(0, TABLE_ROWS).map((row) => columns.map((column) => forOthers(row[column])));
    const heads = columns.map((column) => columnWord(column, kind)!);
    return { title, command: `draintrace query ${name}`, columns: heads, rows: shown, total: rows.length };
  };
  const failures = await readFailures(connection, window);
  return assemble({
    failures,
    targets: await rowsOf('target-timeline'),
    rates: await readRates(connection, window),
    rollouts: await rowsOf('failures-per-rollout'),
    ...(await readSurroundings(connection, failures)),
    advice: incidentAdvice(
      (await rowsOf('advice')) as unknown as AdviceRow[],
      await rowsOf('advice-curve', { longest: { type: 'integer', value: 300 } }),
      await rowsOf('late-routing-per-deployment'),
    ),
    tables: [
      await table('Rollouts', 'failures-per-rollout'),
      await table('Targets', 'failures-per-target'),
      await table('Settings in force, and what is advised', 'advice'),
      await table('Failures that the evidence could not settle', 'unsettled-failures'),
      await table('What is loaded', 'load-summary'),
      await table('Rejected lines', 'rejected-lines'),
    ],
    keepAlive: keepAliveSentences((await rowsOf('keep-alive-races')) as unknown as KeepAliveRow[]),
    window: {
      from: window.from === null ? null : toMillis(window.from),
      to: window.to === null ? null : toMillis(window.to),
    },
    listed: LISTED,
    zone,
  });
}

/** Reads the requests per second of the targets that failed, chunk by chunk. */
async function readRates(connection: DuckDBConnection, { from, to }: Window): Promise<Rates> {
  const query = catalogueQuery('target-requests-per-second');
  const { columns, chunks } = await select(connection, query.sql, {
    ...defaultValues(query.parameters),
    from: { type: 'timestamp', value: from },
    to: { type: 'timestamp', value: to },
  });
  const rates = new Map<string, { second: number; requests: number }[]>();
  for await (const rows of chunks)
    for (const cells of rows) addRate(rates, Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])));
  return rates;
}

/** Reads the failures chunk by chunk: of 300,000 no second copy is in memory. Texts that repeat are kept once. */
async function readFailures(connection: DuckDBConnection, { from, to }: Window): Promise<Failure[]> {
  const usual = await usualKind(connection);
  const { columns, chunks } = await askInChunks(connection, 'report-failures', {
    from: { type: 'timestamp', value: from },
    to: { type: 'timestamp', value: to },
  });
  const kept = new Map<string, string>();
  const once = (text: string | null): string | null => {
    if (text === null) return null;
    if (!kept.has(text) && kept.size < 100_000) kept.set(text, text);
    return kept.get(text) ?? text;
  };
  const failures: Failure[] = [];
  for await (const rows of chunks) {
    for (const cells of rows) {
      const row: Row = Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]]));
      const failure = failureOf({
        ...row,
        request_line: forOthers(row.request_line),
        target_kind: row.target_kind === 'unknown' ? usual : row.target_kind!,
      });
      for (const key of ['target', 'pod', 'workload', 'node', 'path', 'rollout', 'request_line'] as const) {
        failure[key] = once(failure[key]);
      }
      failure.because = once(failure.because)!;
      failures.push(failure);
    }
  }
  return failures;
}

/** Reads the traffic, the deregistrations and the lost nodes around failures, which are in the order of time. */
async function readSurroundings(
  connection: DuckDBConnection,
  failures: readonly Failure[],
): Promise<{ occurrences: Row[]; traffic: Traffic[] }> {
  if (failures.length === 0) return { occurrences: [], traffic: [] };
  const first = startOf(failures[0]!);
  const last = failures.reduce((most, { failed }) => Math.max(most, failed), first);
  const window: Record<string, BoundValue> = {
    from: { type: 'timestamp', value: fromMillis(first - AROUND) },
    to: { type: 'timestamp', value: fromMillis(last + AROUND) },
  };
  const span = last - first;
  const [unit, length] =
    span < 4 * HOUR_MS ? ['second', SECOND_MS] : span < 10 * DAY_MS ? ['minute', MINUTE_MS] : ['hour', HOUR_MS];
  const traffic = await ask(connection, 'report-traffic', { ...window, unit: { type: 'text', value: unit as string } });
  return {
    occurrences: await ask(connection, 'report-occurrences', window),
    traffic: traffic.map(({ begins_at, requests }) => ({
      from: Date.parse(String(begins_at)),
      seconds: (length as number) / SECOND_MS,
      requests: Number(requests),
    })),
  };
}
