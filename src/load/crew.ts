/** The worker threads of `load` as promises: read an object, flush a batch, and a queue of spools to be stored. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SpoolFiles } from '../store/batch.ts';
import type { FromWorker, ObjectReading, Task, ToWorker } from './message.ts';

/** A spool written by a worker; `stored` lets the worker go on. */
export interface Spooled extends SpoolFiles {
  stored(): void;
}

/** A worker ended or could not write: the run cannot go on. */
export class CrewError extends Error {
  override name = 'CrewError';
}

interface Pending {
  resolve(reading: ObjectReading): void;
  reject(error: Error): void;
}

/** One thread a core: a thread inflates (in node's own pool) and checks at once, and DuckDB stores beside it. */
export const defaultWorkers = (): number => Math.max(1, Math.min(availableParallelism(), 4));

/** Fewer leave cores idle while they are stored: 14 spools one by one took 3.9 s, four at a time 2.1 s. */
const STORED_TOGETHER = 4;

export class Crew {
  private readonly workers: Worker[];
  private readonly load: number[];
  private readonly pending = new Map<number, Pending>();
  private readonly spools = new Map<number, Spooled[]>();
  private readonly flushes = new Map<number, number>();
  private waiting: (() => void) | null = null;
  private broken: Error | null = null;

  constructor(
    directory: string,
    count: number,
    private readonly onProgress: (text: number, rows: number, failures: number) => void,
  ) {
    const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    this.load = Array.from({ length: count }, () => 0);
    this.workers = this.load.map((_, index) => {
      const worker = new Worker(file, { workerData: { directory, index, workers: count } });
      worker.on('message', (message: FromWorker) => this.receive(worker, index, message));
      worker.on('error', (error) => this.fail(error));
      return worker;
    });
  }

  private fail(error: Error): void {
    this.broken = error;
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
    this.wake();
  }

  private wake(): void {
    this.waiting?.();
    this.waiting = null;
  }

  private receive(worker: Worker, index: number, message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.onProgress(message.text, message.rows, message.failures);
        return;
      case 'spool': {
        const { rows, contexts, rejected, counts, tables } = message;
        const stored = () => worker.postMessage({ type: 'stored' } satisfies ToWorker);
        const queue = this.spools.get(message.batch) ?? [];
        queue.push({ rows, contexts, rejected, counts, tables, stored });
        this.spools.set(message.batch, queue);
        this.wake();
        return;
      }
      case 'flushed':
        this.flushes.set(message.batch, (this.flushes.get(message.batch) ?? 0) + 1);
        this.wake();
        return;
      case 'fatal':
        this.fail(new CrewError(message.message));
        return;
      default: {
        this.load[index]!--;
        const pending = this.pending.get(message.objectId);
        this.pending.delete(message.objectId);
        if (message.type === 'read') pending?.resolve(message.reading);
        else pending?.reject(new Error(message.message));
      }
    }
  }

  /** Reads an object in the least busy thread. Rejects when the file cannot be read. */
  read(task: Task): Promise<ObjectReading> {
    if (this.broken) return Promise.reject(this.broken);
    const index = this.load.indexOf(Math.min(...this.load));
    this.load[index]!++;
    return new Promise((resolve, reject) => {
      this.pending.set(task.objectId, { resolve, reject });
      this.workers[index]!.postMessage({ type: 'read', ...task } satisfies ToWorker);
    });
  }

  /** Tells more targets whose rows are kept. */
  keep(targets: readonly string[]): void {
    for (const worker of this.workers) worker.postMessage({ type: 'keep', targets } satisfies ToWorker);
  }

  /** All objects of the batch have been read: its open spools come next, then its queue ends. */
  flush(batch: number): void {
    for (const worker of this.workers) worker.postMessage({ type: 'flush', batch } satisfies ToWorker);
  }

  /** Yields spools of a batch, several at a time so that the store has work for all its threads, until the batch is flushed. */
  async *spooled(batch: number): AsyncGenerator<Spooled[], void, void> {
    for (;;) {
      if (this.broken) throw this.broken;
      const ready = this.spools.get(batch) ?? [];
      const flushed = this.flushes.get(batch) === this.workers.length;
      if (ready.length >= STORED_TOGETHER || (flushed && ready.length > 0)) {
        this.spools.set(batch, []);
        yield ready;
        continue;
      }
      if (flushed) break;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    this.spools.delete(batch);
    this.flushes.delete(batch);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
