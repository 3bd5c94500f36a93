/** Stores the summaries of nights, and expires old objects. */
import { type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';
import type { Micros } from '../time/time.ts';
import { BASE_TABLES, LOG_OBJECT } from './table.ts';

const KEY = 'night ';

/** Returns the stored summaries of nights by day (`YYYY-MM-DD`). Leaves out rows that no night has written. */
export async function storedNights(connection: DuckDBConnection): Promise<Map<string, unknown>> {
  const result = await connection.runAndReadAll('SELECT key, value FROM draintrace WHERE starts_with(key, $key)', {
    key: KEY,
  });
  const nights = new Map<string, unknown>();
  for (const [key, value] of result.getRows()) {
    const day = String(key).slice(KEY.length);
    const summary = parseJson(String(value));
    if (/^\d{4}-\d\d-\d\d$/.test(day) && summary !== undefined) nights.set(day, summary);
  }
  return nights;
}

/** Parses JSON; undefined for invalid text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Stores the summary of a day and replaces an earlier one. */
export async function storeNight(connection: DuckDBConnection, day: string, summary: unknown): Promise<void> {
  await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $value)', {
    key: KEY + day,
    value: JSON.stringify(summary),
  });
}

/** Result of a `nightly` run. A retry by a timer or a cluster must report the same. */
export interface NightRun {
  /** Days to report, `YYYY-MM-DD`. */
  days: readonly string[];
  /** A source could not be read completely. */
  partial: boolean;
  /** Limits that the days broke. */
  broken: readonly { day: string; limit: string; most: number; found: number }[];
  /** All days are reported. */
  finished: boolean;
}

const RUN_KEY = 'last run of nightly';

/** Returns the last run, null without one. */
export async function storedRun(connection: DuckDBConnection): Promise<NightRun | null> {
  const result = await connection.runAndReadAll('SELECT value FROM draintrace WHERE key = $key', { key: RUN_KEY });
  const value = result.getRows()[0]?.[0];
  return value === undefined ? null : (JSON.parse(String(value)) as NightRun);
}

/** Stores a run and replaces the previous one. */
export async function storeRun(connection: DuckDBConnection, run: NightRun): Promise<void> {
  const value = JSON.stringify(run);
  await connection.run('INSERT OR REPLACE INTO draintrace VALUES ($key, $value)', { key: RUN_KEY, value });
}

/**
 * Removes the rows of objects whose last row is older than `before`, in one transaction, and returns the number of objects.
 * The ledger keeps them as `expired`, so they are not loaded again.
 */
export async function expire(connection: DuckDBConnection, before: Micros): Promise<number> {
  const old = { before: new DuckDBTimestampValue(BigInt(before)) };
  const which = `SELECT object_id FROM ${LOG_OBJECT.name} WHERE last_time < $before AND status <> 'expired'`;
  await connection.run('BEGIN TRANSACTION');
  try {
    for (const table of ['alb_row', ...BASE_TABLES.map(({ name }) => name)]) {
      if (table === LOG_OBJECT.name) continue;
      await connection.run(`DELETE FROM ${table} WHERE object_id IN (${which})`, old);
    }
    const result = await connection.runAndReadAll(
      `UPDATE ${LOG_OBJECT.name} SET status = 'expired' WHERE object_id IN (${which})`,
      old,
    );
    await connection.run('COMMIT');
    return Number(result.getRows()[0]?.[0] ?? 0);
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => {});
    throw error;
  }
}
