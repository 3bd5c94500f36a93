/** Writes what commands say: rows, notes, and their emphasis. */
import { styleText } from 'node:util';
import { type Format, type RowColumn, writeRows } from '../report/rows.ts';
import { PLAIN, type Style } from '../report/style.ts';
import { printable } from '../report/text.ts';
import type { Effects } from './command.ts';

/** Returns a function that writes a sentence to standard error. */
export function noteTo({ stderr }: Effects): (sentence: string) => void {
  return (sentence) => void stderr.write(`note: ${printable(sentence)}\n`);
}

/** A Selection, or rows from elsewhere. */
export interface RowStream {
  columns: readonly RowColumn[];
  chunks: AsyncIterable<readonly (readonly unknown[])[]> | Iterable<readonly (readonly unknown[])[]>;
}

/** Writes an answer to stdout and returns the number of rows. */
export async function writeRowStream(
  { columns, chunks }: RowStream,
  format: Format,
  { stdout }: Effects,
): Promise<number> {
  const width = stdout.isTTY ? stdout.columns : null;
  return writeRows(columns, chunks, format, (text) => stdout.write(text), { width });
}

/** Returns the emphasis for a terminal; plain without a terminal or with NO_COLOR. */
export function styleFor({ stdout, env }: Effects): Style {
  if (!stdout.isTTY || env.NO_COLOR) return PLAIN;
  const paint =
    (format: 'bold' | 'dim' | 'red') =>
    (text: string): string =>
      styleText(format, text, { validateStream: false });
  return { strong: paint('bold'), faint: paint('dim'), bad: paint('red') };
}
