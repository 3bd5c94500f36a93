/**
 * Looks for payloads in a JSON value, whatever it is wrapped into: through every object and array, and through strings
 * where a member's name says that it holds a line. An object wraps one thing, an array as many as it has elements.
 */
import { asObject } from '../json-value.ts';
import { printValue } from '../rejection.ts';
import {
  isAbridged,
  isBulkAction,
  isCarrier,
  isGoogleAudit,
  isWrapper,
  rowOf,
  tableRows,
  timeIn,
  timeOf,
  unpacked,
  writtenIn,
} from './carrier.ts';
import { entryAt, type FoundLines, found, type Inner, join, NONE, type Payload, type Place } from './entry.ts';
import { exportedEvents } from './exported-event.ts';
import { base64Text } from './packed.ts';

/** Objects and arrays in one another, of one value: no wrapper has as many. */
const MAX_NESTED = 40;

const decoder = new TextDecoder();

/** Returns what is in a value. `inner` reads a string that holds a line or several; `text` is how the value is written. */
export function findInValue(
  value: unknown,
  place: Place,
  payload: Payload,
  inner: Inner,
  text: string | null,
): FoundLines {
  return new Walk(payload, inner).walk(value, place, { nested: 0, carrier: true, text, lines: place.lines });
}

interface Position {
  nested: number;
  /** A string here is a line by its name. */
  carrier: boolean;
  text: string | null;
  /** Lines of the elements of the first array. */
  lines: readonly number[];
}

class Walk {
  constructor(
    readonly payload: Payload,
    readonly inner: Inner,
  ) {}

  walk(value: unknown, place: Place, at: Position): FoundLines {
    if (typeof value === 'string') return this.#string(value, place, at.carrier);
    if (typeof value !== 'object' || value === null || at.nested > MAX_NESTED) return NONE;
    if (!isOuter(value) && this.payload.isValue(value)) {
      return found({ ...entryAt(place), text: at.text ?? printValue(value), isPayload: true });
    }
    return Array.isArray(value) ? this.#array(value, place, at) : this.#object(asObject(value)!, place, at);
  }

  /** A string under a name that says nothing may be what a client sent: it is no line. */
  #string(text: string, place: Place, carrier: boolean): FoundLines {
    return carrier && text !== '' ? this.inner(base64Text(text) ?? text, place) : NONE;
  }

  #array(values: readonly unknown[], place: Place, at: Position): FoundLines {
    const row = rowOf(values);
    if (row) return this.walk(row, place, { ...at, nested: at.nested + 1, text: null });
    const [first, second] = values;
    // Loki: nanoseconds and the line, and perhaps labels of that line.
    if (values.length <= 3 && typeof second === 'string' && typeof first === 'string' && /^\d{16,19}$/.test(first)) {
      const at = timeOf(first);
      return this.#string(second, { ...place, near: at ?? place.near, writtenAt: at ?? place.writtenAt }, true);
    }
    // journald prints what is not plain text as the numbers of its bytes.
    if (at.carrier && values.length > 1 && values.every(isByte)) {
      return this.#string(decoder.decode(Uint8Array.from(values)), place, true);
    }
    const all: FoundLines[] = [];
    const isMatched = at.lines.length === values.length;
    for (const [index, value] of values.entries()) {
      const line = isMatched ? at.lines[index]! : place.line;
      const own = { nested: at.nested + 1, carrier: at.carrier, text: null, lines: isMatched ? [] : at.lines };
      const found = this.walk(value, { ...place, line }, own);
      if (found.entries.length > 0 || found.carried) all.push(found);
      else if (asObject(value)) all.push(other(line, printValue(value)));
    }
    return join(all);
  }

  #object(value: Record<string, unknown>, place: Place, at: Position): FoundLines {
    // A wrapper without contents: the document is on the next line, or there is none.
    if (isBulkAction(value) || value.messageType === 'CONTROL_MESSAGE') return { ...NONE, carried: true };
    // The answers of its calls are objects of another cloud, as they were then.
    if (isGoogleAudit(value)) return other(place.line, at.text ?? printValue(value));
    const plain = asObject(value.kvlistValue) ? unpacked(value) : (exportedEvents(value) ?? tableRows(value));
    if (plain !== null) return this.walk(plain, place, { ...at, nested: at.nested + 1, text: null, lines: [] });
    const near = timeIn(value) ?? place.near;
    const writtenAt = writtenIn(value) ?? place.writtenAt;
    const here = { ...place, near, writtenAt, part: place.hold.partOf(value) };
    const members = Object.entries(value);
    let fallback: FoundLines = NONE;
    for (const [name, held] of members.sort((a, b) => rankOf(...a) - rankOf(...b))) {
      if (rankOf(name, held) === 3) break;
      const found = this.walk(held, here, {
        nested: at.nested + 1,
        carrier: isCarrier(name),
        text: null,
        lines: at.lines,
      });
      if (found.found) return found;
      if (!fallback.carried && found.carried) fallback = found;
    }
    // Programs call their own message so, and rsyslog a line: it counts where something is in it.
    const message = typeof value.msg === 'string' ? this.inner(value.msg, here) : NONE;
    return message.found ? message : fallback;
  }
}

function isOuter(value: object): boolean {
  return !Array.isArray(value) && isWrapper(value as Record<string, unknown>);
}

/** Strings that hold a line come first, then the beginning of one and what is called like one, then whatever else holds something. */
function rankOf(name: string, held: unknown): number {
  if (typeof held === 'string') return !isCarrier(name) ? 3 : isAbridged(name) ? 1 : 0;
  if (typeof held !== 'object' || held === null) return 3;
  return isCarrier(name) ? 1 : 2;
}

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256;

const other = (line: number, text: string): FoundLines => ({
  entries: [{ line, text, takenAt: null, near: null, writtenAt: null, isPayload: false, error: null }],
  found: false,
  carried: false,
});
