/** Unwrapping of a whole text. */
import type { Payload, Unwrapped } from './entry.ts';
import { Unwrapper } from './unwrapper.ts';

/** Returns what a text holds, in order. `torn`: it is the first part of something, cut anywhere. */
export function unwrap(text: string, payload: Payload, torn = false): Unwrapped[] {
  const unwrapper = new Unwrapper(payload);
  const entries: Unwrapped[] = [];
  let line = 0;
  for (let at = 0; at <= text.length; ) {
    const end = text.indexOf('\n', at);
    line++;
    unwrapper.isCut = end === -1;
    for (const entry of unwrapper.next(text.slice(at, end === -1 ? text.length : end), line).entries)
      entries.push(entry);
    if (end === -1) break;
    at = end + 1;
  }
  for (const entry of unwrapper.end(torn).entries) entries.push(entry);
  return entries;
}
