/** Reads the header of a file of queries/: comment lines `-- Key: value` before the first statement. Pure. */

export interface Header {
  /** Values of each key, in their order. A continuation line (`--   more`) belongs to the value before it. */
  values: ReadonlyMap<string, readonly string[]>;
  /** The text after the header. */
  sql: string;
}

const KEY = /^-- ([A-Z][a-z]+): (.*)$/;
const CONTINUATION = '--   ';

/** Returns the header, which may have `keys` only. Throws an Error that names the file for any other line. */
export function readHeader(file: string, text: string, keys: readonly string[]): Header {
  const values = new Map<string, string[]>();
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  let last: string[] | null = null;
  for (const line of lines.slice(0, end)) {
    const [, key, value] = KEY.exec(line) ?? [];
    if (key !== undefined && keys.includes(key)) {
      last = values.get(key) ?? [];
      values.set(key, last);
      last.push(value!);
    } else if (last && line.startsWith(CONTINUATION)) {
      last.push(`${last.pop()} ${line.slice(CONTINUATION.length)}`);
    } else {
      throw new Error(`queries/${file}: header line is not understood: ${line}`);
    }
  }
  return { values, sql: lines.slice(end).join('\n').trim() };
}

/** Returns the one value of a key. Throws an Error that names the file if there is none, or a second one. */
export function oneValue(file: string, { values }: Header, key: string): string {
  const all = values.get(key) ?? [];
  if (all.length !== 1) throw new Error(`queries/${file}: header needs one line "-- ${key}:"`);
  return all[0]!;
}

/** Returns the relations that a file reads; none for `nothing`. */
export function needsOf(file: string, header: Header): string[] {
  return oneValue(file, header, 'Needs')
    .split(', ')
    .filter((name) => name !== 'nothing');
}
