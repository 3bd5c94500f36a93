/** Writes what commands say: rows, notes, and their emphasis. */
import { styleText } from 'node:util';
import { causeInk } from '../report/palette.ts';
import type { RowColumn } from '../report/row.ts';
import { type Format, writeRows } from '../report/rows.ts';
import { PLAIN, type Style } from '../report/style.ts';
import { printable } from '../report/text.ts';
import type { Effects, Output } from './command.ts';
import { unknownWord } from './option.ts';

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
  effects: Effects,
): Promise<number> {
  const { stdout } = effects;
  const width = stdout.isTTY ? stdout.columns : null;
  const { cause: paint } = styleFor(effects);
  return writeRows(columns, chunks, format, (text) => stdout.write(text), { width, paint });
}

/** Returns the rows with only the columns of a comma list, in its order. Throws CliError for a column that they have not. */
export function pickColumns(stream: RowStream, list: string | undefined): RowStream {
  if (list === undefined) return stream;
  const known = stream.columns.map(({ name }) => name);
  const places = list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const at = known.indexOf(word);
      if (at < 0) throw unknownWord(`--columns ${list}: there is no column ${word}`, word, known);
      return at;
    });
  async function* picked(): AsyncGenerator<unknown[][]> {
    for await (const rows of stream.chunks) yield rows.map((row) => places.map((at) => row[at]));
  }
  return { columns: places.map((at) => stream.columns[at]!), chunks: picked() };
}

/** Whether a stream takes colours: as --color says; else a terminal that knows them, without NO_COLOR. */
function isColored({ isTTY }: Output, { env, color = 'auto' }: Effects): boolean {
  if (color !== 'auto') return color === 'always';
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Returns the emphasis for standard output; plain where it takes no colours. */
export const styleFor = (effects: Effects): Style => styleOf(effects.stdout, effects);

/** Returns the emphasis for standard error. */
export const errorStyle = (effects: Effects): Style => styleOf(effects.stderr, effects);

function styleOf(stream: Output, effects: Effects): Style {
  if (!isColored(stream, effects)) return PLAIN;
  const paint =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      styleText(format, text, { validateStream: false });
  return {
    strong: paint('bold'),
    faint: paint('dim'),
    bad: paint('red'),
    cause: (word, text) => paint(causeInk(word))(text),
  };
}
