/**
 * Source for the objects that messages of a queue name, instead of a listing of the bucket. A message is deleted, where that is asked
 * for, when the database has all of its objects: after a kill it comes again, and its objects are known.
 */
import { AwsError } from '../gather/aws-error.ts';
import { changeOf } from '../source/inventory-source.ts';
import { logReason, type Selection, type SkipReason } from '../source/key.ts';
import { type Failed, type Listed, type Source, SourceError, type SourceObject } from '../source/source.ts';
import { eventsOf, type WrittenObject } from './event.ts';
import { type EventQueue, type QueueMessage, TOGETHER } from './queue.ts';

/** Messages of one run: SQS gives at most 120,000 of a queue at a time. */
const MOST = 100_000;
/** Calls at a time. */
const AT_ONCE = 4;
/** How long received messages are hidden from other readers: while they are loaded, or while the queue is read. */
const HIDDEN_TO_DELETE = 15 * 60;
const HIDDEN_TO_READ = 60;

/** Reasons of objects that are never loaded, whatever the flags say. */
const NEVER: ReadonlySet<SkipReason> = new Set<SkipReason>([
  ...(['NLB log', 'Classic Load Balancer log', 'test file', 'folder marker', 'not an ALB log'] as const),
]);

export interface QueueOptions {
  /** For messages. */
  shown: string;
  selection: Selection;
  deleteMessages: boolean;
  /** Returns the source of a bucket. */
  bucket(name: string): Source;
}

type MessageQueue = Pick<EventQueue, 'receive' | 'remove'>;

/** An object that messages name, as the newest of their events has it. */
interface Waiting {
  object: SourceObject;
  /** Messages that wait for it. */
  ids: string[];
}

interface Held {
  handle: string;
  /** Uris that the database does not have yet. */
  left: Set<string>;
}

/** Returns the source of a queue's objects. */
export function queueSource(queue: MessageQueue, options: QueueOptions): Source {
  const reading = new QueueReading(queue, options);
  return {
    mayRepeat: true,
    list: (signal) => reading.list(signal),
    fetch: (object, spoolDirectory, signal) => reading.fetch(object, spoolDirectory, signal),
    stored: (uris, signal) => reading.stored(uris, signal),
    close: () => reading.close(),
  };
}

class QueueReading {
  readonly #queue: MessageQueue;
  readonly #options: QueueOptions;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #buckets = new Map<string, Source>();
  /** Messages to delete. */
  #done: string[] = [];

  constructor(queue: MessageQueue, options: QueueOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  async *list(signal: AbortSignal): AsyncGenerator<Listed> {
    const hidden = this.#options.deleteMessages ? HIDDEN_TO_DELETE : HIDDEN_TO_READ;
    while (this.#held.size < MOST) {
      const answers = await this.#try(() =>
        Promise.all(Array.from({ length: AT_ONCE }, () => this.#queue.receive(hidden, signal))),
      );
      const messages = answers.flat();
      if (messages.length === 0) break;
      let isNew = false;
      for (const message of messages) {
        const known = this.#held.get(message.id);
        // It was delivered twice, or has come again because reading took long: its newest handle deletes it.
        if (known) known.handle = message.handle;
        else {
          isNew = true;
          yield* this.#message(message);
        }
      }
      if (!isNew) break;
    }
    // Messages come in any order. Of an object that was written twice only the newest version can be read.
    for (const { object } of this.#waiting.values()) yield { object };
    for (const failed of await this.#removeDone(signal)) yield { failed };
  }

  /** Every call is refused for the same reason, so the first refusal ends the run. */
  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { shown } = this.#options;
      throw new SourceError(`The queue ${shown} cannot be read: ${error.message}`, shown, true, { cause: error });
    }
  }

  *#message({ id, handle, body }: QueueMessage): Generator<Listed> {
    const { shown, selection } = this.#options;
    const events = eventsOf(body);
    const held: Held = { handle, left: new Set() };
    this.#held.set(id, held);
    if (events === null) {
      const message = `Message ${id} of ${shown} is no event of S3; it stays in the queue`;
      yield { failed: { uri: shown, message } };
      return;
    }
    let isKept = false;
    for (let i = 0; i < events.others; i++) {
      yield { skipped: { uri: shown, reason: 'test event, or event of another kind than a new object' } };
    }
    for (const written of events.objects) {
      const object = objectOf(written);
      const reason = logReason(written.key, selection);
      if (reason !== null) {
        isKept ||= !NEVER.has(reason);
        yield { skipped: { uri: object.uri, reason } };
        continue;
      }
      held.left.add(object.uri);
      const waiting = this.#waiting.get(object.uri);
      if (!waiting) this.#waiting.set(object.uri, { object, ids: [id] });
      else {
        waiting.ids.push(id);
        if ((object.modified ?? 0) > (waiting.object.modified ?? 0)) waiting.object = object;
      }
    }
    // A message of other load balancers or times is for another run.
    if (isKept) held.left.add('');
    else if (held.left.size === 0) this.#done.push(id);
  }

  async stored(uris: readonly string[], signal: AbortSignal): Promise<Failed[]> {
    for (const uri of uris) {
      for (const id of this.#waiting.get(uri)?.ids ?? []) {
        const { left } = this.#held.get(id)!;
        left.delete(uri);
        if (left.size === 0) this.#done.push(id);
      }
      this.#waiting.delete(uri);
    }
    return this.#removeDone(signal);
  }

  async #removeDone(signal: AbortSignal): Promise<Failed[]> {
    const done = this.#done;
    this.#done = [];
    if (!this.#options.deleteMessages) return [];
    const failed: Failed[] = [];
    for (let at = 0; at < done.length; at += TOGETHER) {
      const handles = done.slice(at, at + TOGETHER).map((id) => this.#held.get(id)!.handle);
      try {
        for (const why of await this.#queue.remove(handles, signal)) failed.push(this.#undeleted(why));
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof AwsError)) throw error;
        failed.push(this.#undeleted(error.message));
        break;
      }
    }
    return failed;
  }

  #undeleted(why: string): Failed {
    const { shown } = this.#options;
    const what = `Messages of ${shown} were not deleted (${why})`;
    return { uri: shown, message: `${what}: they come again, and their objects are not loaded again` };
  }

  async fetch(object: SourceObject, directory: string, signal: AbortSignal) {
    const name = object.uri.slice('s3://'.length, object.uri.indexOf('/', 's3://'.length));
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = this.#options.bucket(name);
      this.#buckets.set(name, bucket);
    }
    try {
      return await bucket.fetch(object, directory, signal);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const { name: code } = (error.cause ?? {}) as Error;
      const gone = changeOf(error);
      // Anyone who may send a message can name a bucket, so that costs one object, not the run.
      if (gone === null && !/^(?:NoSuchBucket|InvalidBucketName)$/.test(code)) throw error;
      const message = gone === null ? error.message : `${object.uri} ${gone} after the event in ${this.#options.shown}`;
      const how = 'its message stays there until the retention of the queue ends';
      throw new SourceError(`${message}; ${how}`, object.uri, false, { cause: error });
    }
  }

  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) await bucket.close?.();
  }
}

function objectOf({ bucket, key, size, etag, time }: WrittenObject): SourceObject {
  const uri = `s3://${bucket}/${key}`;
  return { uri, etag, size, modified: time, name: uri.slice(uri.lastIndexOf('/') + 1) };
}
