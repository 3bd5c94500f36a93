/**
 * Finds the days whose rows may have changed since the last export, so the others need not be read: loads, retention and
 * `nightly` change whole objects, and the lake has the ledger of the last export to compare with.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LakeFile, LakeManifest } from './lake-manifest.ts';
import { LEDGER_FILE } from './lake-owner.ts';
import { rowsAs, rowsFrom } from './lake-read.ts';
import type { LakeTarget } from './lake-target.ts';
import { ownWrites } from './own-write.ts';
import { LOG_OBJECT } from './table.ts';

/** Longest time of one object, in days: an object of more is not looked for day by day. */
const LONGEST = 1000;

/**
 * Returns the files of alb_log, by path, whose days have not changed since they were written; none if that is not known, so
 * every row must be looked at. The table log_object must be what the lake is to hold. `isComparable` is whether the manifest's
 * checksums mean the same today.
 */
export async function settledFiles(
  connection: DuckDBConnection,
  target: LakeTarget,
  manifest: LakeManifest | null,
  there: ReadonlyMap<string, number>,
  isComparable: boolean,
): Promise<Map<string, LakeFile>> {
  const settled = new Map<string, LakeFile>();
  if (!manifest?.own || !isComparable || !manifest.partition?.includes('day')) return settled;
  if (manifest.own !== (await ownWrites(connection))) return settled;
  const days = await changedDays(connection, target, manifest, there);
  if (days === null) return settled;
  for (const file of manifest.files) {
    const day = dayOf(file.path);
    const isSettled = day !== null && !days.has(day) && file.stored !== undefined;
    if (isSettled && there.get(file.path) === file.bytes) settled.set(file.path, file);
  }
  return settled;
}

/** Returns the day of a file of alb_log; null for other files, and for rows without a time. */
export const dayOf = (path: string): string | null =>
  /^alb_log\/(?:.*\/)?day=(\d{4}-\d\d-\d\d)\//.exec(path)?.[1] ?? null;

/** Returns the days of the objects that the lake's ledger does not have as they are now. */
async function changedDays(
  connection: DuckDBConnection,
  target: LakeTarget,
  manifest: LakeManifest,
  there: ReadonlyMap<string, number>,
): Promise<Set<string> | null> {
  const ledger = manifest.files.find(({ path }) => path === LEDGER_FILE);
  if (ledger === undefined || there.get(LEDGER_FILE) !== ledger.bytes) return null;
  const old = rowsAs(LOG_OBJECT, [await target.bring(LEDGER_FILE)]);
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  // An export that was killed has a newer ledger than manifest.
  const [[count, sum]] = (await rows(`SELECT count(*), coalesce(sum(CAST(hash(t) AS HUGEINT)), 0) FROM ${old} t`)) as [
    [bigint, bigint],
  ];
  if (Number(count) !== ledger.rows || String(sum) !== ledger.checksum) return null;
  const now = rowsFrom(LOG_OBJECT, LOG_OBJECT.name);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE changed_object AS
    SELECT * FROM ((FROM ${now} EXCEPT ALL FROM ${old}) UNION ALL (FROM ${old} EXCEPT ALL FROM ${now}))
    WHERE kind = 'alb_access_log' AND "rows" > 0`);
  const [[odd]] = (await rows(`
    SELECT count(*) FROM changed_object
    WHERE first_time IS NULL OR last_time IS NULL OR last_time - first_time > INTERVAL ${LONGEST} DAY`)) as [[bigint]];
  if (odd > 0n) return null;
  const days = await rows(`
    SELECT DISTINCT strftime(unnest(generate_series(date_trunc('day', first_time), last_time, INTERVAL 1 DAY)), '%Y-%m-%d')
    FROM changed_object`);
  return new Set(days.map(([day]) => String(day)));
}
