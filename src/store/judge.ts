/**
 * Judges what is loaded, and keeps the result: the rows of the views that are read most and computed slowest become tables of
 * the schema `kept`. The views stay the one definition. A mark in the table draintrace says which rules and which rows the
 * kept tables are of. When it does not fit the database, nobody reads them, and the views are computed as ever.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { databaseName, keptDefinitions } from './definition.ts';
import { evidenceViews, readViewFiles } from './evidence-view.ts';
import { coverKept, dropComputed, dropKept, keepViews } from './materialised-view.ts';
import { parseJson } from './night.ts';
import { BASE_TABLES } from './table.ts';
import { builtDefinitions } from './template-database.ts';
import { viewsVersion } from './view.ts';

/** Key of the mark in the table draintrace. */
export const KEPT_MARK = 'kept';

/** Steps on the way to a verdict: read by the kept views alone, and as large as all the facts. */
const STEPS = ['instance_fact', 'life_fact', 'container_end', 'container_restart', 'readiness'];
/** Conclusions from logs and evidence together. */
const CONCLUSIONS = ['verdict', 'keep_alive_race', 'rollout_failure', 'rollout', 'affected_request'];
/** Sums over all rows that questions about a window need too: else an hour costs more with every day beside it. */
const SUMS = ['owner_in_hour', 'registration_in_hour', 'request_length'];
/** Read by two of the conclusions, so computed once. */
const SHARED = ['concluded'];

/** Returns the views whose rows a database keeps, in their order. */
export function keptViews(): string[] {
  const evidence = evidenceViews();
  return readViewFiles()
    .map(({ name }) => name)
    .filter((name) => (evidence.includes(name) && !STEPS.includes(name)) || [...CONCLUSIONS, ...SUMS].includes(name));
}

/**
 * A load judges at most this many rows by default: judging takes about as long as loading, and starts anew with each load.
 * Failures take more memory and time than other rows.
 */
export const SMALL = { rows: 250_000, failures: 20_000 };

/** Columns by which kept rows are sorted, where a table has them: questions have windows. */
const ORDER = ['hour', 'time', 'request_creation_time', 'object_id', 'line'];

/** Number of rows of each stored table; rows are added and removed, never changed in place. */
async function countRows(connection: DuckDBConnection): Promise<Record<string, number>> {
  const tables = ['alb_row', ...BASE_TABLES.map(({ name }) => name)];
  const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  // A ledger entry that was replaced has another number.
  counts.push('(SELECT coalesce(sum(object_id), 0) FROM log_object) AS objects');
  const result = await connection.runAndReadAll(`SELECT ${counts.join(', ')}`);
  return Object.fromEntries(result.columnNames().map((name, i) => [name, Number(result.getRows()[0]![i])]));
}

/** Returns the mark that fits the database as it is. */
const markOf = (counts: Record<string, number>): string => JSON.stringify({ views: viewsVersion(), counts });

async function storedMark(connection: DuckDBConnection): Promise<string | null> {
  const result = await connection.runAndReadAll('SELECT value FROM draintrace WHERE key = $key', { key: KEPT_MARK });
  const value = result.getRows()[0]?.[0];
  return value === undefined || value === null ? null : String(value);
}

/** Returns whether the kept tables hold what the views would give. */
export async function isJudged(connection: DuckDBConnection): Promise<boolean> {
  const stored = await storedMark(connection);
  const parsed = parseJson(stored ?? '') as { views?: unknown } | null | undefined;
  if (stored === null || parsed?.views !== viewsVersion()) return false;
  const built = builtDefinitions();
  if (built === null || Object.keys(built.kept).length === 0) return false;
  const found = await keptDefinitions(connection);
  if (!Object.entries(built.kept).every(([name, definition]) => found[name] === definition)) return false;
  return stored === markOf(await countRows(connection));
}

/** Makes every question compute the views again, until `judge` has run: somebody changed rows by hand. */
export async function forgetJudged(connection: DuckDBConnection): Promise<void> {
  await connection.run('DELETE FROM draintrace WHERE key = $key', { key: KEPT_MARK });
}

/** Returns whether judging takes but a moment. */
export async function isSmall(connection: DuckDBConnection, limits = SMALL): Promise<boolean> {
  const { objects: _, ...counts } = await countRows(connection);
  if (Object.values(counts).reduce((sum, count) => sum + count, 0) > limits.rows) return false;
  const found = await connection.runAndReadAll('SELECT count(*) FROM alb_row WHERE elb_status_code >= 500');
  return Number(found.getRows()[0]![0]) <= limits.failures;
}

/** Removes the kept tables: a client without this program must not read verdicts of an earlier load. */
export async function dropJudged(connection: DuckDBConnection): Promise<void> {
  await dropKept(connection);
  await connection.run('BEGIN TRANSACTION');
  try {
    await forgetJudged(connection);
    await connection.run(`DROP SCHEMA IF EXISTS ${await databaseName(connection)}.kept CASCADE`);
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Computes the kept tables anew, in one transaction, if they do not fit what is loaded. Returns the number of failures that
 * were judged, or null if there was nothing to do. This connection then reads the kept tables. The views of the file must be those
 * of this program. Throws when `signal` aborts, and nothing is kept then.
 */
export async function judge(connection: DuckDBConnection, signal?: AbortSignal): Promise<number | null> {
  if (await isJudged(connection)) {
    await coverKept(connection, keptViews());
    return null;
  }
  const file = await databaseName(connection);
  await dropKept(connection);
  // An interrupt between two statements ends nothing, so the signal is asked before each view too.
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  await connection.run('BEGIN TRANSACTION');
  try {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${file}.kept`);
    const kept = keptViews();
    for (const { name } of readViewFiles()) {
      if (!kept.includes(name) && !STEPS.includes(name) && !SHARED.includes(name)) continue;
      signal?.throwIfAborted();
      if (kept.includes(name)) await storeKept(connection, file, name);
      else await keepViews(connection, [name]);
    }
    const counted = await connection.runAndReadAll('SELECT count(*) FROM verdict');
    await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $value)', {
      key: KEPT_MARK,
      value: markOf(await countRows(connection)),
    });
    await dropComputed(connection);
    signal?.throwIfAborted();
    await connection.run('COMMIT');
    return Number(counted.getRows()[0]![0]);
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {});
    await dropKept(connection);
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Computes a view and stores its rows; later views of this connection read them. */
async function storeKept(connection: DuckDBConnection, file: string, name: string): Promise<void> {
  const described = await connection.runAndReadAll(`SELECT column_name FROM (DESCRIBE "${name}")`);
  const columns = described.getRows().map(([column]) => String(column));
  const order = ORDER.filter((column) => columns.includes(column));
  const sorted = order.length > 0 ? ` ORDER BY ${order.join(', ')}` : '';
  await connection.run(`CREATE OR REPLACE TABLE ${file}.kept."${name}" AS SELECT * FROM "${name}"${sorted}`);
  await coverKept(connection, [name]);
}
