/** One object of `load`: fetched, recognised and read, whatever it is. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { etagWith } from '../../evidence/clock.ts';
import { isEvidenceKind } from '../../evidence/kind.ts';
import { parseKey } from '../../source/key.ts';
import { SourceError } from '../../source/source.ts';
import { isParquet, unpackParquet } from '../../store/delivered-parquet.ts';
import type { LedgerEntry } from '../../store/ledger.ts';
import { isFormattedLog } from '../log-format.ts';
import { newReading, type ObjectReading, type ObjectTask } from '../message.ts';
import { keepOf, type PlannedObject } from './plan.ts';
import type { LoadRequest } from './request.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Result of one object; its rows, facts and rejected lines went to the spool. */
export interface ObjectResult {
  item: PlannedObject;
  reading: ObjectReading;
  entry: LedgerEntry;
  /** Said to the user when it is stored. */
  notes: string[];
  /** It states that there was nothing: an empty listing. */
  saysNone: boolean;
}

const LOG_NAMES: ReadonlySet<string> = new Set(['alb_access_log', 'alb_connection_log', 'alb_health_check_log']);

/** Returns what the object gave; its rows are in spools of `batch`. Throws SourceError when it cannot be read. */
export async function readObject(
  item: PlannedObject,
  batch: number,
  pool: WorkerPool,
  request: LoadRequest,
): Promise<ObjectResult> {
  const { object, objectId } = item;
  const source = request.sources[item.source]!;
  const { path, temporary } = await source.fetch(object, request.spoolDirectory, request.signal);
  try {
    const context = {
      capturedAt: request.capturedAt,
      modifiedAt: object.modified,
      timezoneMinutes: request.timezoneMinutes,
      clock: request.clock ?? null,
      name: object.name,
    };
    const task: ObjectTask = { batch, objectId, path, name: object.name, window: request.window, context };
    const reading = await readTask(task, pool, request.spoolDirectory).catch((error: Error) => {
      if (error.name === 'CrewError') throw error;
      throw new SourceError(`${object.uri}: ${error.message}`, object.uri, false, { cause: error });
    });
    return {
      item,
      reading,
      entry: entryOf(item, reading, request),
      notes: reading.notes,
      saysNone: reading.saysNone,
    };
  } finally {
    if (temporary) await rm(path, { force: true });
  }
}

/** Reads a file in the worker pool; one of Parquet as the JSON lines that it holds. */
async function readTask(task: ObjectTask, pool: WorkerPool, spoolDirectory: string): Promise<ObjectReading> {
  if (!(await isParquet(task.path))) return pool.read(task);
  const path = join(spoolDirectory, `${randomUUID()}.jsonl`);
  try {
    const { log, columns, damage } = await unpackParquet(task.path, path);
    if (log === null) {
      const names = columns.slice(0, 5).map((name) => name.replace(/[^\x20-\x7E]/g, '?').slice(0, 40));
      const looksLike = columns.length === 0 ? 'Parquet' : `Parquet with other columns (${names.join(', ')})`;
      return { ...newReading(), kind: 'unknown', looksLike, damage };
    }
    const reading = await pool.read({ ...task, path });
    return { ...reading, damage: reading.damage ?? damage };
  } finally {
    await rm(path, { force: true });
  }
}

function entryOf({ object, objectId }: PlannedObject, reading: ObjectReading, request: LoadRequest): LedgerEntry {
  const isAccessLog = reading.kind === 'alb_access_log';
  const isOtherLog = isFormattedLog(reading.kind);
  const loadable = isAccessLog || isOtherLog || isEvidenceKind(reading.kind);
  // AWS writes nothing else under such a name: bytes that were changed on their way are a log that is missing.
  if (reading.kind === 'unknown' && reading.damage === null && LOG_NAMES.has(parseKey(object.name).kind)) {
    reading.damage = `named as a log of a load balancer, but holds ${reading.looksLike}`;
  }
  return {
    object_id: objectId,
    uri: object.uri,
    etag: isEvidenceKind(reading.kind) ? etagWith(object.etag, request.clock ?? null) : object.etag,
    size: object.size,
    modified: object.modified,
    kind: reading.kind === 'empty' && reading.damage ? 'unknown' : reading.kind,
    status: reading.damage ? 'damaged' : loadable ? 'complete' : 'skipped',
    detail: loadable
      ? [reading.damage, ...reading.notes].filter(Boolean).join(' ') || null
      : (reading.damage ?? reading.looksLike),
    lines: reading.lines,
    rows: reading.rows,
    rejected: reading.rejected,
    dropped: reading.dropped,
    extra_fields: reading.extraFields,
    first_time: reading.firstTime,
    last_time: reading.lastTime,
    keep: isAccessLog || (isOtherLog && request.window !== null) ? keepOf(request) : 'all',
    captured_at: reading.capturedAt,
    loaded_at: request.now(),
  };
}
