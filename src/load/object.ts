/** One object of `load`: fetched, recognised and read, whatever it is. */
import { rm } from 'node:fs/promises';
import { captureTime } from '../evidence/capture-time.ts';
import type { EvidenceKind, Fact, Rejection } from '../evidence/fact.ts';
import { isEvidenceKind, readEvidence } from '../evidence/read.ts';
import { inflated } from '../source/inflated.ts';
import { parseKey } from '../source/key.ts';
import { SourceError } from '../source/source.ts';
import type { LedgerEntry } from '../store/ledger.ts';
import type { Crew } from './crew.ts';
import type { ObjectReading, Task } from './message.ts';
import { type Item, keepOf } from './plan.ts';
import type { LoadRequest } from './request.ts';
import { isFormattedLog } from './visit-formatted.ts';

/** What an object gave beside the rows that went to the spool. */
export interface Gained {
  item: Item;
  reading: ObjectReading;
  entry: LedgerEntry;
  facts: Fact[];
  rejected: Rejection[];
  notes: string[];
  /** It states that there was nothing: an empty listing. */
  saysNone: boolean;
}

const LOG_NAMES: ReadonlySet<string> = new Set(['alb_access_log', 'alb_connection_log', 'alb_health_check_log']);

/** Evidence is read as one text: far above any export, far below what a string can hold. */
const MAX_EVIDENCE = 256 << 20;

/** Returns what the object gave; its rows are in spools of `batch`. Throws SourceError when it cannot be read. */
export async function readObject(
  item: Item,
  batch: number,
  pass: Task['pass'],
  crew: Crew,
  request: LoadRequest,
): Promise<Gained> {
  const { object, objectId } = item;
  const source = request.sources[item.source]!;
  const { path, temporary } = item.copy
    ? { path: item.copy, temporary: true }
    : await source.fetch(object, request.spoolDirectory, request.signal);
  item.copy = pass === 'survey' && temporary && item.keepsCopy ? path : null;
  try {
    const task: Task = { batch, objectId, path, name: object.name, window: request.window, pass };
    const reading = await crew.read(task).catch((error: Error) => {
      if (error.name === 'CrewError') throw error;
      throw new SourceError(`${object.uri}: ${error.message}`, object.uri, false, { cause: error });
    });
    const gained: Gained = {
      item,
      reading,
      entry: entryOf(item, reading, request),
      facts: [],
      rejected: [],
      notes: [],
      saysNone: false,
    };
    if (isEvidenceKind(reading.kind)) await readAsEvidence(gained, reading.kind, path, request);
    return gained;
  } finally {
    if (temporary && item.copy === null) await rm(path, { force: true });
  }
}

function entryOf({ object, objectId }: Item, reading: ObjectReading, request: LoadRequest): LedgerEntry {
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
    etag: object.etag,
    size: object.size,
    modified: object.modified,
    kind: reading.kind === 'empty' && reading.damage ? 'unknown' : reading.kind,
    status: reading.damage ? 'damaged' : loadable ? 'complete' : 'skipped',
    detail: reading.damage ?? (loadable ? null : reading.looksLike),
    lines: reading.lines,
    rows: reading.rows,
    rejected: reading.rejected,
    dropped: reading.dropped,
    extra_fields: reading.extraFields,
    first_time: reading.firstTime,
    last_time: reading.lastTime,
    keep: isAccessLog || (isOtherLog && request.window !== null) ? keepOf(request) : 'all',
    captured_at: null,
    loaded_at: request.now(),
  };
}

async function readAsEvidence(gained: Gained, kind: EvidenceKind, path: string, request: LoadRequest): Promise<void> {
  const { entry, item } = gained;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = inflated(path);
  for (;;) {
    const next = await stream.next();
    if (next.done) {
      if (next.value) Object.assign(entry, { status: 'damaged', detail: next.value });
      break;
    }
    chunks.push(next.value);
    size += next.value.length;
    if (size > MAX_EVIDENCE) {
      await stream.return(null);
      const message = `${item.object.uri} holds more than ${MAX_EVIDENCE >> 20} MiB of ${kind}; split it and load the parts`;
      throw new SourceError(message, item.object.uri, false);
    }
  }
  const context = {
    capturedAt: request.capturedAt,
    modifiedAt: item.object.modified,
    timezoneMinutes: request.timezoneMinutes,
    name: item.object.name,
  };
  const reading = readEvidence(kind, Buffer.concat(chunks).toString('utf8'), context);
  const times = reading.facts.flatMap((fact) => [fact.earliest, fact.latest]).filter((time) => time !== null);
  Object.assign(entry, {
    lines: reading.records + reading.rejected.length,
    rows: reading.records,
    rejected: reading.rejected.length,
    first_time: times.length > 0 ? times.reduce((a, b) => Math.min(a, b)) : null,
    last_time: times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : null,
    captured_at: captureTime(context).moment?.earliest ?? null,
    detail: [entry.detail, ...reading.notes].filter(Boolean).join(' ') || null,
  });
  gained.facts = reading.facts;
  gained.rejected = reading.rejected;
  gained.notes = reading.notes;
  gained.saysNone = reading.saysNone === true;
}
