/**
 * The worker threads of `load` as promises: read an object, flush a batch, and a queue of spools to be stored. A thread that
 * runs out of memory over large evidence loses that object alone: another thread takes over what it had still to do.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SpoolFiles } from '../../store/batch.ts';
import { storingThreads } from '../../store/bulk.ts';
import type { FromWorker, ObjectReading, ObjectTask, ToWorker, WorkerData } from '../message.ts';

/** A spool written by a worker; `stored` lets the worker go on. */
export interface Spooled extends SpoolFiles {
  stored(): void;
}

/** A worker ended or could not write: the run cannot go on. */
class WorkerPoolError extends Error {
  override name = 'CrewError';
}

interface Pending {
  resolve(reading: ObjectReading): void;
  reject(error: Error): void;
}

/** One thread a core: a thread inflates (in node's own pool) and checks at once, and DuckDB stores beside it. */
const defaultWorkers = (): number => Math.max(1, Math.min(availableParallelism(), 4));

/** Stored bytes that are read in the time that a further thread takes to start. */
const BYTES_OF_A_THREAD = 8e6;

/** Returns the number of threads for objects of `bytes` stored bytes: one reads a small load sooner than several start. */
export const workersFor = (bytes: number): number =>
  Math.min(defaultWorkers(), 1 + Math.floor(bytes / BYTES_OF_A_THREAD));

/** Spools that a single thread is ahead of the store fill this, or both would wait (AHEAD of worker.ts). */
const MOST_READY = 12;

/** How many spools go into one statement while others are read, and how many are held back for the last one of a batch. */
export interface Together {
  stored: number;
  held: number;
}

/**
 * One spool for each thread that stores, because a full spool is a row group that one thread compresses. As many are held back, so that
 * the last statement has a full spool for each thread beside those that are not full: alone, the commit would compress these, in one
 * thread.
 */
export const ROW_GROUPS: Together = {
  stored: Math.min(storingThreads(), MOST_READY / 2),
  held: Math.min(storingThreads(), MOST_READY / 2),
};

/** As many as there can be: rows that are counted together give fewer sums. */
export const ALL_READY: Together = { stored: MOST_READY, held: 0 };

/** MiB of JavaScript objects of one thread. Only large evidence comes near it, and one thread at a time reads that. */
const HEAP_MIB = 512;

/** Spools of one thread before its successor's numbers begin. */
const NUMBERS_OF_A_THREAD = 1 << 20;

/** A place in the worker pool: its thread, and what was given to that and is not done, in order. */
interface Post {
  worker: Worker;
  undone: Extract<ToWorker, { type: 'read' | 'flush' }>[];
  /** The large evidence that it reads. */
  large: number | null;
  error: Error | null;
}

export class WorkerPool {
  readonly #posts: Post[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #spools = new Map<number, Spooled[]>();
  readonly #flushes = new Map<number, number>();
  /** Threads that want to read large evidence; the first one does. */
  readonly #large: Post[] = [];
  #waiting: (() => void) | null = null;
  #broken: Error | null = null;
  #begun = 0;
  #isClosing = false;

  readonly #directory: string;
  readonly #count: number;
  readonly #onProgress: (text: number, rows: number, failures: number) => void;

  constructor(directory: string, count: number, onProgress: (text: number, rows: number, failures: number) => void) {
    this.#directory = directory;
    this.#count = count;
    this.#onProgress = onProgress;
    for (let index = 0; index < count; index++) {
      const post: Post = { worker: this.#begin(() => post), undone: [], large: null, error: null };
      this.#posts.push(post);
    }
  }

  #begin(post: () => Post): Worker {
    const file = new URL(
      import.meta.url.endsWith('.ts') ? '../worker/worker.ts' : '../worker/worker.js',
      import.meta.url,
    );
    const number = this.#begun++;
    const index = number % this.#count;
    const first = index + this.#count * NUMBERS_OF_A_THREAD * Math.floor(number / this.#count);
    const worker = new Worker(file, {
      workerData: { directory: this.#directory, first, step: this.#count } satisfies WorkerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    worker.on('message', (message: FromWorker) => this.#receive(post(), message));
    worker.on('error', (error) => {
      post().error = error;
    });
    worker.on('exit', (code) => this.#ended(post(), code));
    return worker;
  }

  /** A thread ended by itself. Rows that it had not written out are lost, unless it was over large evidence. */
  #ended(post: Post, code: number): void {
    if (this.#isClosing || this.#broken) return;
    const { large, error } = post;
    if (large === null) {
      this.#fail(
        new WorkerPoolError(`a thread of load ended: ${error?.message ?? `exit code ${code}`}`, { cause: error }),
      );
      return;
    }
    const memory = (error as NodeJS.ErrnoException | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const why = memory ? `needs more than ${HEAP_MIB} MiB of memory; split it and load the parts` : error?.message;
    post.error = null;
    this.#release(post);
    const undone = post.undone.filter((message) => message.type !== 'read' || message.objectId !== large);
    post.undone = [];
    post.worker = this.#begin(() => post);
    for (const message of undone) this.#give(post, message);
    this.#settle(large)?.reject(new Error(why ?? `its reading ended with ${code}`));
  }

  #give(post: Post, message: Post['undone'][number]): void {
    post.undone.push(message);
    post.worker.postMessage(message);
  }

  #settle(objectId: number): Pending | undefined {
    const pending = this.#pending.get(objectId);
    this.#pending.delete(objectId);
    return pending;
  }

  #fail(error: Error): void {
    this.#broken = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }

  #grant(): void {
    this.#large[0]?.worker.postMessage({ type: 'granted' } satisfies ToWorker);
  }

  #release(post: Post): void {
    post.large = null;
    const at = this.#large.indexOf(post);
    if (at !== -1) this.#large.splice(at, 1);
    if (at === 0) this.#grant();
  }

  #receive(post: Post, message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.#onProgress(message.text, message.rows, message.failures);
        return;
      case 'spool': {
        const { rows, contexts, rejected, tables } = message;
        const { worker } = post;
        const stored = () => worker.postMessage({ type: 'stored' } satisfies ToWorker);
        const queue = this.#spools.get(message.batch) ?? [];
        queue.push({ rows, contexts, rejected, tables, stored });
        this.#spools.set(message.batch, queue);
        this.#wake();
        return;
      }
      case 'large':
        post.large = message.objectId;
        this.#large.push(post);
        if (this.#large.length === 1) this.#grant();
        return;
      case 'flushed':
        post.undone.shift();
        this.#flushes.set(message.batch, (this.#flushes.get(message.batch) ?? 0) + 1);
        this.#wake();
        return;
      case 'fatal':
        this.#fail(new WorkerPoolError(message.message));
        return;
      default: {
        post.undone.shift();
        if (post.large !== null) this.#release(post);
        const pending = this.#settle(message.objectId);
        if (message.type === 'read') pending?.resolve(message.reading);
        else pending?.reject(new Error(message.message));
      }
    }
  }

  /** Reads an object in the least busy thread. Rejects when the file cannot be read. */
  read(task: ObjectTask): Promise<ObjectReading> {
    if (this.#broken) return Promise.reject(this.#broken);
    const idle = this.#posts.reduce((least, post) => (post.undone.length < least.undone.length ? post : least));
    return new Promise((resolve, reject) => {
      this.#pending.set(task.objectId, { resolve, reject });
      this.#give(idle, { type: 'read', ...task });
    });
  }

  /** All objects of the batch have been read: its open spools come next, then its queue ends. */
  flush(batch: number): void {
    for (const post of this.#posts) this.#give(post, { type: 'flush', batch });
  }

  /** Yields spools of a batch, several at a time so that the store has work for all its threads, until the batch is flushed. */
  async *spooled(batch: number, { stored, held }: Together): AsyncGenerator<Spooled[], void, void> {
    for (;;) {
      if (this.#broken) throw this.#broken;
      const ready = this.#spools.get(batch) ?? [];
      const flushed = this.#flushes.get(batch) === this.#posts.length;
      if (ready.length >= stored + held || (flushed && ready.length > 0)) {
        yield ready.splice(0, flushed ? ready.length : stored);
        continue;
      }
      if (flushed) break;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    this.#spools.delete(batch);
    this.#flushes.delete(batch);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#posts.map(({ worker }) => worker.terminate()));
  }
}
