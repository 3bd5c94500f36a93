/** Readers of logs whose records come one by one, out of whatever wraps them: what is held is what they make of the records. */
import type { EvidenceSummary, Fact, FactSink, Reading, ReadingContext, Rejection } from './fact.ts';
import { PAYLOAD } from './payload.ts';
import type { Unwrapped } from './unwrap/entry.ts';
import { unwrap } from './unwrap/unwrap.ts';

export interface EntryReader {
  take(entry: Unwrapped): void;
  end(): EvidenceSummary;
}

export type EntryReaderClass = new (context: ReadingContext, sink: FactSink) => EntryReader;

/** Returns what a whole text says to such a reader. */
export function readEntries(text: string, context: ReadingContext, Reader: EntryReaderClass): Reading {
  const facts: Fact[] = [];
  const rejected: Rejection[] = [];
  const reader = new Reader(context, {
    fact: (fact) => facts.push(fact),
    reject: (rejection) => rejected.push(rejection),
  });
  for (const entry of unwrap(text, PAYLOAD)) reader.take(entry);
  return { facts, rejected, ...reader.end() };
}
