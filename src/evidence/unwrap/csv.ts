/** Tables of log lines as consoles export them: a header, then records whose cells may hold line breaks. */
import { parse } from 'csv-parse/sync';
import { isLineColumn } from './carrier.ts';

/** A record that never closes its quotes is given up at this length. */
const MAX_RECORD = 16 << 20;

export class CsvLines {
  readonly #names: readonly string[];
  readonly #delimiter: string;
  #held: { line: number; parts: string[]; length: number } | null = null;

  private constructor(names: readonly string[], delimiter: string) {
    this.#names = names;
    this.#delimiter = delimiter;
  }

  /** Returns whether a line names the separator of cells for Excel. */
  static isHint = (line: string): boolean => /^sep=.\s*$/.test(line);

  /** Returns what reads the records below a header; null when the line does not head a table of log lines. */
  static below(header: string): CsvLines | null {
    if (header.length > 4096 || /[{}\\]/.test(header)) return null;
    for (const delimiter of [',', ';', '\t']) {
      const names = cells(header, delimiter);
      const isHeader =
        names?.every((name) => /^[\w@ .:$()[\]/-]{1,60}$/.test(name)) && (names.some(isLineColumn) || isRecord(names));
      // A column alone could be any word.
      if (names && isHeader && (names.length > 1 || /^[@_"]/.test(header.trim())))
        return new CsvLines(names, delimiter);
    }
    return null;
  }

  /** Takes the next line; returns the record that it ends, with its first line, or null while one is open. */
  next(text: string, line: number): { line: number; row: Record<string, unknown> | null; text: string } | null {
    // A line with an odd number of quotes opens a cell that goes on, or ends it.
    const turns = (text.split('"').length - 1) % 2 === 1;
    const held = this.#held ?? { line, parts: [], length: 0 };
    held.parts.push(text);
    held.length += text.length;
    if ((this.#held === null) === turns && held.length < MAX_RECORD) {
      this.#held = held;
      return null;
    }
    this.#held = null;
    const whole = held.parts.join('\n');
    return { line: held.line, row: this.#row(whole), text: whole };
  }

  /** A record that was begun and not ended. */
  rest(): { line: number; text: string } | null {
    return this.#held && { line: this.#held.line, text: this.#held.parts.join('\n') };
  }

  #row(text: string): Record<string, unknown> | null {
    const values = cells(text, this.#delimiter);
    if (!values || values.length < this.#names.length) return null;
    const row: Record<string, unknown> = Object.create(null);
    for (const [index, name] of this.#names.entries()) row[name] = values[index];
    return row;
  }
}

/** Sets of columns, in lower case, by which the rows of a table are records: of ALB logs and CloudTrail in Athena, and in Logs Insights. */
const RECORD_COLUMNS: readonly (readonly string[])[] = [
  ['elb_status_code', 'time'],
  ['eventname', 'eventsource', 'requestparameters'],
];

function isRecord(names: readonly string[]): boolean {
  const own = new Set(names.map((name) => name.toLowerCase()));
  return RECORD_COLUMNS.some((columns) => columns.every((column) => own.has(column)));
}

function cells(text: string, delimiter: string): string[] | null {
  try {
    const rows: string[][] = parse(text, { delimiter, relax_column_count: true, relax_quotes: true, trim: true });
    return rows.length === 1 ? rows[0]! : null;
  } catch {
    return null;
  }
}
