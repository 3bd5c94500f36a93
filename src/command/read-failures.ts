/** Reads the failures of a window for the report. Of 300,000 most is counted and drawn, so only the listed ones get all their texts. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { redacted } from '../evidence/redact.ts';
import type { BoundValue } from '../query/parameter.ts';
import { failureOf, StoredFailure, startOf } from '../report/failure.ts';
import type { Failure } from '../report/incident.ts';
import type { Row } from '../report/query-row.ts';
import { rowsIn } from '../store/select.ts';
import { askInChunks } from './ask.ts';
import { usualKind } from './usual-kind.ts';

/** A report is passed on, so query strings are redacted: they may hold tokens and do not explain a failure. */
export const forOthers = <T>(cell: T): T | string => (typeof cell === 'string' ? redacted(cell) : cell);

type Window = Readonly<Record<'from' | 'to', BoundValue>>;

/** Returns the failures in the order of time, without the texts of which each has its own. */
export async function readFailures(connection: DuckDBConnection, window: Window): Promise<StoredFailure[]> {
  const usual = await usualKind(connection);
  const known = new Map();
  const failures: StoredFailure[] = [];
  for await (const row of rowsIn(await askInChunks(connection, 'report-failures', window))) {
    const kind = row.target_kind === 'unknown' ? usual : row.target_kind!;
    failures.push(failureOf({ ...row, request_line: forOthers(row.request_line), target_kind: kind }, known));
  }
  return failures.sort((a, b) => startOf(a) - startOf(b) || a.object - b.object || a.line - b.line);
}

/** Gives failures of the window the texts of their own: to these, or to all. */
export async function addDetails(
  connection: DuckDBConnection,
  window: Window,
  failures: readonly Failure[],
  isAll: boolean,
): Promise<void> {
  const places = new Map<string, StoredFailure>();
  for (const one of failures) if (one instanceof StoredFailure) places.set(placeOf(one.object, one.line), one);
  if (places.size === 0) return;
  const rows = await askInChunks(connection, 'report-failure-details', {
    ...window,
    places: { type: 'text', value: isAll ? null : [...places.keys()].join(',') },
  });
  for await (const row of rowsIn(rows)) {
    const detail: Row = { ...row, request_line: forOthers(row.request_line) };
    places.get(placeOf(row.object_id, row.line))?.setDetail(detail);
  }
}

const placeOf = (object: unknown, line: unknown): string => `${object}:${line}`;
