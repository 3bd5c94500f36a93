/** One object of evidence in its worker: its text goes in, its facts and rejected records are in the sheets at once. */
import { StringDecoder } from 'node:string_decoder';
import { captureTime } from '../../evidence/capture-time.ts';
import { corrected } from '../../evidence/clock.ts';
import type { EvidenceKind, Fact, Rejection } from '../../evidence/fact.ts';
import { type EvidenceStream, openEvidence } from '../../evidence/stream.ts';
import type { ObjectReading, ObjectTask } from '../message.ts';
import type { FactBuffers } from './fact-buffer.ts';
import type { Rejects } from './reject.ts';

/** Facts and rejected records between two looks at how much is held. */
const LOOK_EVERY = 4096;

/** Values that no column holds, named one by one; the rest is counted. */
const NAMED = 3;

export class EvidenceObject {
  readonly #objectId: number;
  readonly #reading: ObjectReading;
  readonly #stream: EvidenceStream;
  readonly #facts: FactBuffers;
  readonly #rejects: Rejects;
  readonly #spool: () => void;
  /** Not TextDecoder, whose strings take two bytes a character, ASCII too. A byte order mark is for the readers to skip. */
  readonly #utf8 = new StringDecoder('utf8');
  #held = 0;
  #unfit = 0;

  /** Counts go into `reading`; `spool` is called from time to time, to write out the sheets when they hold too much. */
  constructor(
    { objectId, context }: ObjectTask,
    reading: ObjectReading,
    head: Uint8Array,
    facts: FactBuffers,
    rejects: Rejects,
    spool: () => void,
  ) {
    this.#objectId = objectId;
    this.#reading = reading;
    this.#facts = facts;
    this.#rejects = rejects;
    this.#spool = spool;
    reading.capturedAt = captureTime(context).moment?.earliest ?? null;
    const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(head.subarray(0, 1 << 16));
    this.#stream = openEvidence(reading.kind as EvidenceKind, start, context, {
      fact: (fact) => this.#take(context.clock ? corrected(fact, context.clock) : fact),
      reject: (rejection) => this.#reject(rejection),
    });
  }

  push(bytes: Uint8Array): void {
    this.#stream.push(this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  }

  end(): void {
    const rest = this.#utf8.end();
    if (rest !== '') this.#stream.push(rest);
    const { records, notes, saysNone } = this.#stream.end();
    const reading = this.#reading;
    reading.rows = records;
    reading.saysNone = saysNone === true;
    reading.lines = records + reading.rejected;
    reading.notes = [...notes, ...reading.notes];
    if (this.#unfit > NAMED) reading.notes.push(`${this.#unfit} values in all are out of range and left out.`);
  }

  #take(fact: Fact): void {
    const reading = this.#reading;
    for (const time of [fact.earliest, fact.latest]) {
      if (time === null || !Number.isSafeInteger(time)) continue;
      if (reading.firstTime === null || time < reading.firstTime) reading.firstTime = time;
      if (reading.lastTime === null || time > reading.lastTime) reading.lastTime = time;
    }
    for (const name of this.#facts.append(this.#objectId, fact)) {
      if (++this.#unfit > NAMED) continue;
      const value = (fact as unknown as Record<string, unknown>)[name];
      reading.notes.push(`Line ${fact.line}: ${name} ${String(value).slice(0, 60)} is out of range and left out.`);
    }
    this.#look();
  }

  #reject({ line, reason, raw }: Rejection): void {
    this.#reading.rejected++;
    this.#rejects.append(this.#objectId, line, reason, raw.length, raw);
    this.#look();
  }

  #look(): void {
    if (++this.#held % LOOK_EVERY === 0) this.#spool();
  }
}
