/**
 * A worker thread of `load`: recognises an object, inflates it, reads its lines and spools them. It keeps one spool open
 * over many objects and writes it out when it is full or when its batch ends, then waits until the store keeps up.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { LineFramer } from '../alb/frame.ts';
import { MAX_LINE, newRecord, readRecord } from '../alb/record.ts';
import { recognise } from '../evidence/recognise.ts';
import type { Column } from '../parquet/column.ts';
import { parquetFile } from '../parquet/file.ts';
import { inflated } from '../source/inflated.ts';
import type { FromWorker, ObjectReading, Task, ToWorker } from './message.ts';
import { Rejects } from './reject.ts';
import { SPOOL_ROWS, Spool } from './spool.ts';

/** Columns of one spool are written out when they hold this much, however few the rows: agents can be 8 KB each. */
const SPOOL_BYTES = 96 << 20;
/** Bytes of text between two messages of progress. */
const PROGRESS_BYTES = 8 << 20;

const { directory, index, workers } = workerData as { directory: string; index: number; workers: number };
const port = parentPort!;
const send = (message: FromWorker) => port.postMessage(message);

const spool = new Spool();
const rejects = new Rejects();
const record = newRecord();
let spoolNumber = index;
let batch = 0;
/** Spools written and not yet stored. */
let outstanding = 0;
let credit: (() => void) | null = null;

spool.clear(spoolNumber * SPOOL_ROWS);

/** The spool cannot be written (disk full, say): nothing more can be loaded. */
class SpoolError extends Error {
  override name = 'SpoolError';
}

function writeColumns(columns: readonly Column[], name: string): string | null {
  if (columns[0]!.rows === 0) return null;
  const path = join(directory, name);
  try {
    const file = openSync(path, 'w');
    try {
      for (const piece of parquetFile(columns)) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new SpoolError(`cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
  return path;
}

function writeOut(): void {
  if (spool.length === 0 && rejects.length === 0) return;
  const rows = writeColumns(spool.rows, `${spoolNumber}.rows.parquet`);
  const contexts = writeColumns(spool.contexts, `${spoolNumber}.contexts.parquet`);
  const rejected = writeColumns(rejects.columns, `${spoolNumber}.rejected.parquet`);
  send({ type: 'spool', batch, rows, contexts, rejected });
  spoolNumber += workers;
  spool.clear(spoolNumber * SPOOL_ROWS);
  rejects.clear();
  outstanding++;
}

/** Waits until no more than one of this worker's spools is unstored. */
async function keepUp(): Promise<void> {
  while (outstanding > 1)
    await new Promise<void>((resolve) => {
      credit = resolve;
    });
}

async function read({ objectId, path, name, window }: Task): Promise<ObjectReading> {
  const reading: ObjectReading = {
    kind: 'empty',
    looksLike: '',
    damage: null,
    lines: 0,
    rows: 0,
    rejected: 0,
    dropped: 0,
    extraFields: 0,
    text: 0,
    failures: 0,
    firstTime: null,
    lastTime: null,
  };
  let nul = -1;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  const reject = (reason: string, length: number, raw: Uint8Array) => {
    reading.rejected++;
    rejects.append(objectId, reading.lines, reason, length, raw);
  };
  const framer = new LineFramer(
    {
      lend(bytes) {
        spool.lend(bytes);
        nul = bytes.indexOf(0);
      },
      line(bytes, start, end) {
        reading.lines++;
        let reason: string | null = null;
        if (nul >= 0 && nul < end) {
          if (nul < start) nul = bytes.indexOf(0, start);
          if (nul >= start && nul < end) reason = 'nul_byte';
        }
        reason ??= readRecord(bytes, start, end, record);
        if (reason !== null) {
          reject(reason, end - start, bytes.subarray(start, end));
          return;
        }
        reading.rows++;
        if (window && (record.time < from || record.time >= to)) {
          reading.dropped++;
          return;
        }
        spool.append(objectId, reading.lines, bytes, end, record);
        if (spool.length === SPOOL_ROWS) writeOut();
        reading.extraFields += record.extra;
        if (record.elb_status_code >= 500 || record.elb_status_code === 460) reading.failures++;
        if (reading.firstTime === null || record.time < reading.firstTime) reading.firstTime = record.time;
        if (reading.lastTime === null || record.time > reading.lastTime) reading.lastTime = record.time;
      },
      longLine(first, length) {
        reading.lines++;
        reject('line_too_long', length, first);
      },
    },
    MAX_LINE,
  );

  const chunks = inflated(path);
  let told = { text: 0, failures: 0, rows: 0 };
  const tell = () => {
    send({
      type: 'progress',
      text: reading.text - told.text,
      failures: reading.failures - told.failures,
      rows: reading.rows - told.rows,
    });
    told = { text: reading.text, failures: reading.failures, rows: reading.rows };
  };
  for (;;) {
    const next = await chunks.next();
    if (next.done) {
      reading.damage = next.value;
      break;
    }
    if (reading.text === 0) {
      const seen = recognise(new TextDecoder().decode(next.value.subarray(0, 1 << 16)), name);
      reading.kind = seen.kind;
      reading.looksLike = seen.looksLike;
      if (seen.kind !== 'alb_access_log') {
        await chunks.return(null);
        return reading;
      }
    }
    reading.text += next.value.length;
    framer.push(next.value);
    if (spool.bytes + rejects.bytes > SPOOL_BYTES) writeOut();
    await keepUp();
    if (reading.text - told.text > PROGRESS_BYTES) tell();
  }
  framer.end();
  tell();
  return reading;
}

async function handle(message: ToWorker): Promise<void> {
  try {
    if (message.type === 'read') {
      batch = message.batch;
      send({ type: 'read', objectId: message.objectId, reading: await read(message) });
    } else if (message.type === 'flush') {
      batch = message.batch;
      writeOut();
      await keepUp();
      send({ type: 'flushed', batch });
    }
  } catch (error) {
    const text = (error as Error).message;
    if (error instanceof SpoolError || message.type !== 'read') send({ type: 'fatal', message: text });
    else send({ type: 'failed', objectId: message.objectId, message: text });
  }
}

let queue = Promise.resolve();
port.on('message', (message: ToWorker) => {
  if (message.type === 'stored') {
    outstanding--;
    credit?.();
    credit = null;
  } else {
    queue = queue.then(() => handle(message));
  }
});
