/**
 * A worker thread of `load`: recognises an object, inflates it, and spools its lines or its facts. It keeps one spool open
 * over many objects and writes it out when it is full or when its batch ends, then waits until the store keeps up.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { DELIVERED, isDelivered } from '../../alb/delivered.ts';
import { LineFramer, type LineHandler } from '../../alb/frame.ts';
import { Kernel, type LineReader } from '../../alb/kernel.ts';
import { MAX_LINE } from '../../alb/record.ts';
import { isEvidenceKind } from '../../evidence/kind.ts';
import { logOfFirstLine } from '../../evidence/log-start.ts';
import type { Recognised } from '../../evidence/recognise.ts';
import type { Column } from '../../parquet/column.ts';
import { inflated, withoutMark } from '../../source/inflated-stream.ts';
import { LOG_FORMATS } from '../log-format.ts';
import {
  type FromWorker,
  newReading,
  type ObjectReading,
  type ObjectTask,
  type ToWorker,
  type WorkerData,
} from '../message.ts';
import { visitDelivered } from './delivered-line.ts';
import { FactBuffers } from './fact-buffer.ts';
import { formattedLineHandler } from './formatted-line.ts';
import { type LineSinks, lineHandlerOf } from './line-handler.ts';
import { LogBuffer } from './log-buffer.ts';
import { isKernelOff, PlainReader } from './plain-reader.ts';
import { RecordBreaks } from './record-breaks.ts';
import { Rejects } from './reject.ts';
import { RowBuffer } from './row-buffer.ts';
import { SPOOL_ROWS } from './row-column.ts';
import { SpoolError, writeColumns as writeFile } from './spool-file.ts';
import type { UnwrappedLines } from './unwrapped-line.ts';

/** Columns of one spool are written out when they hold this much, however few the rows: agents can be 8 KB each. */
const SPOOL_BYTES = 96 << 20;
/** Far above any real object; what a bomb of line feeds holds beyond it is not read. Line numbers are 31 bits in the store. */
const MAX_LINES = 500_000_000;
/** Bytes of text between two messages of progress. */
const PROGRESS_BYTES = 8 << 20;

/** Text of an evidence object beyond which no other thread may read one like it at the same time. */
const LARGE_EVIDENCE = 8 << 20;

const { directory, first, step } = workerData as WorkerData;
const port = parentPort!;
const send = (message: FromWorker) => port.postMessage(message);

const newReader = (): LineReader => (isKernelOff(process.env) ? new PlainReader() : new Kernel());
const kernel = newReader();
const spool = new RowBuffer(kernel);
const rejects = new Rejects();
const buffers = LOG_FORMATS.map((format) => new LogBuffer(format));
const facts = new FactBuffers();
/** Holds lines of other formats, while `kernel` has the classic line of one of them. */
let delivery: LineReader | null = null;
const sinks: LineSinks = { kernel, spool, rejects, full: () => writeOut() };
let spoolNumber = first;
let batch = 0;
/** Spools written and not yet stored. */
let outstanding = 0;
let credit: (() => void) | null = null;
let grant: (() => void) | null = null;

spool.clear(spoolNumber * SPOOL_ROWS);

const writeColumns = (columns: readonly Column[], name: string): string | null =>
  writeFile(join(directory, name), columns);

function writeOut(): void {
  const held = [spool, rejects, ...buffers, ...facts.all].reduce((sum, { length }) => sum + length, 0);
  if (held === 0) return;
  const rows = writeColumns(spool.rows, `${spoolNumber}.rows.parquet`);
  const contexts = writeColumns(spool.contexts, `${spoolNumber}.contexts.parquet`);
  const rejected = writeColumns(rejects.columns, `${spoolNumber}.rejected.parquet`);
  const tables: Record<string, string[]> = {};
  const write = (columns: readonly Column[], table: string, what: string) => {
    const path = writeColumns(columns, `${spoolNumber}.${table}.${what}.parquet`);
    if (path) tables[table] = [...(tables[table] ?? []), path];
  };
  for (const { format, columns } of buffers) write(columns, format.table, 'lines');
  for (const { table, columns } of facts.all) write(columns, table.name, 'facts');
  send({ type: 'spool', batch, rows, contexts, rejected, tables });
  spoolNumber += step;
  spool.clear(spoolNumber * SPOOL_ROWS);
  rejects.clear();
  for (const buffer of [...buffers, ...facts.all]) buffer.clear();
  outstanding++;
}

/**
 * Spools that a worker may be ahead of the store, each some 40 MB on disk. A single worker must be able to fill what is
 * stored together.
 */
const AHEAD = 12;

/** Waits until the store has caught up. */
async function keepUp(): Promise<void> {
  while (outstanding > AHEAD)
    await new Promise<void>((resolve) => {
      credit = resolve;
    });
}

const heldBytes = (): number => [spool, rejects, ...buffers, ...facts.all].reduce((sum, { bytes }) => sum + bytes, 0);

type Lines = LineFramer | RecordBreaks | UnwrappedLines;

/** Returns the reader of the lines of an object of this kind; null for a kind that is no log. */
async function linesOf(task: ObjectTask, reading: ObjectReading, isWrapped: boolean): Promise<Lines | null> {
  const { kind } = reading;
  if (!isDelivered(kind)) {
    const handler = visitorOfLog(task, reading);
    const lines = handler && new LineFramer(handler, MAX_LINE, kernel);
    return lines && isWrapped ? unwrapped(lines) : lines;
  }
  const { log, form } = DELIVERED[kind];
  reading.kind = log;
  delivery ??= newReader();
  const lines = new LineFramer(visitDelivered(kind, visitorOfLog(task, reading)!, kernel.text), MAX_LINE, delivery);
  if (isWrapped) return unwrapped(lines);
  return form === 'json' ? new RecordBreaks(lines) : lines;
}

// Most objects are logs as AWS writes them: what knows all other forms is read when one comes.
const unwrapped = async (lines: LineFramer): Promise<UnwrappedLines> =>
  new (await import('./unwrapped-line.ts')).UnwrappedLines(lines);

async function recogniseText(head: string, name: string): Promise<Recognised> {
  const log = logOfFirstLine(head);
  if (log !== null) return { kind: log.kind, looksLike: log.looksLike, isWrapped: false };
  return (await import('../../evidence/recognise.ts')).recognise(head, name);
}

/** Returns the line handler of classic lines. */
function visitorOfLog(task: ObjectTask, reading: ObjectReading): LineHandler | null {
  if (reading.kind === 'alb_access_log') return lineHandlerOf(task, reading, sinks);
  const buffer = buffers.find(({ format }) => format.kind === reading.kind);
  return buffer ? formattedLineHandler(task, reading, buffer, rejects, writeOut) : null;
}

async function read(task: ObjectTask): Promise<ObjectReading> {
  const reading = newReading();
  const chunks = withoutMark(inflated(task.path));
  let framer: Lines | null = null;
  let told = { text: 0, failures: 0, rows: 0 };
  const tell = () => {
    const { text, failures, rows } = reading;
    send({ type: 'progress', text: text - told.text, failures: failures - told.failures, rows: rows - told.rows });
    told = { text, failures, rows };
  };
  for (;;) {
    const next = await chunks.next();
    if (next.done) {
      reading.damage = next.value;
      break;
    }
    if (reading.text === 0) {
      const seen = await recogniseText(new TextDecoder().decode(next.value.subarray(0, 1 << 16)), task.name);
      reading.kind = seen.kind;
      reading.looksLike = seen.looksLike;
      framer = await linesOf(task, reading, seen.isWrapped);
      if (isEvidenceKind(reading.kind)) {
        await readEvidenceObject(task, reading, next.value, chunks);
        tell();
        return reading;
      }
      if (framer === null) {
        // So short a text says nothing: it may be cut.
        const after = await chunks.next();
        if (after.done) reading.damage = after.value;
        else await chunks.return(null);
        return reading;
      }
    }
    reading.text += next.value.length;
    framer?.push(next.value);
    if (reading.lines > MAX_LINES) {
      reading.damage = `more than ${MAX_LINES} lines: the rest was not read`;
      await chunks.return(null);
      break;
    }
    if (heldBytes() > SPOOL_BYTES) writeOut();
    await keepUp();
    if (reading.text - told.text > PROGRESS_BYTES) tell();
  }
  framer?.end(reading.damage !== null);
  tell();
  return reading;
}

/** Reads an object of evidence, whose first chunk is at hand, to its end. */
async function readEvidenceObject(
  task: ObjectTask,
  reading: ObjectReading,
  head: Uint8Array,
  chunks: AsyncGenerator<Uint8Array, string | null, void>,
): Promise<void> {
  const { EvidenceObject } = await import('./evidence-object.ts');
  const object = new EvidenceObject(task, reading, head, facts, rejects, () => {
    if (heldBytes() > SPOOL_BYTES) writeOut();
  });
  let isLarge = false;
  try {
    for (let chunk = head; ; ) {
      reading.text += chunk.length;
      if (!isLarge && reading.text > LARGE_EVIDENCE) {
        isLarge = true;
        writeOut();
        await permission(task.objectId);
      }
      object.push(chunk);
      await keepUp();
      const next = await chunks.next();
      if (next.done) {
        reading.damage = next.value;
        break;
      }
      chunk = next.value;
    }
    object.end();
  } finally {
    await chunks.return(null);
  }
}

/** Waits until no other thread reads large evidence. */
function permission(objectId: number): Promise<void> {
  return new Promise((resolve) => {
    grant = resolve;
    send({ type: 'large', objectId });
  });
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
  } else if (message.type === 'granted') {
    grant?.();
    grant = null;
  } else {
    queue = queue.then(() => handle(message));
  }
});
