/** Rows as people read them: aligned columns that fit the terminal, or a line for each cell. */
import { count as countOf } from '../number/count.ts';
import { type Chunks, cellText, isNumber, isTime, type RowCell, type RowColumn, shortTime, type Write } from './row.ts';
import { cellWidth, pad, printable, truncate, wrap } from './text.ts';

export interface TableOptions {
  width: number | null;
  exactTimes?: boolean;
  paint?: (cause: string, text: string) => string;
}

/** Number of rows that decide the column widths. */
const SAMPLE = 1000;
const GAP = '  ';
/** Least width of a sentence that is cut. Names and numbers, which are copied, are never cut. */
const LEAST_SENTENCE = 20;

/** Columns that people look for first, where not all fit; then come the others, in the order of the question. */
const FIRST = [
  ...['name', 'title', 'time', 'second', 'minute', 'hour', 'day', 'started_at', 'check', 'state', 'cause', 'failures'],
  ...['trace_id', 'rollout', 'mechanism', 'requests', 'elb_status_code', 'confidence', 'target_name', 'pod_name'],
  ...['target_ip', 'target_port', 'deployment', 'workload', 'fix', 'found'],
];

/** A column of the table, as the sample shows it. */
interface Fitted {
  at: number;
  width: number;
  /** Cells are sentences, which may be cut. */
  isSentence: boolean;
}

/** Returns the columns to show, in their order. All, without a terminal. */
function fit(columns: readonly RowColumn[], sample: readonly (readonly string[])[], total: number | null): Fitted[] {
  const all = columns.map((column, at): Fitted => {
    let width = cellWidth(printable(column.name));
    let isSentence = false;
    for (const row of sample) {
      const text = row[at]!;
      const own = cellWidth(text);
      if (own > width) width = own;
      if (!isSentence && text.includes(' ')) isSentence = true;
    }
    return { at, width, isSentence: isSentence && !isNumber(column) && !isTime(column) };
  });
  if (total === null) return all;
  const least = ({ at, width, isSentence }: Fitted): number =>
    isSentence ? Math.min(width, Math.max(LEAST_SENTENCE, cellWidth(columns[at]!.name))) : width;
  const rank = ({ at }: Fitted): number => {
    const found = FIRST.indexOf(columns[at]!.name);
    // A column without a value tells least.
    if (sample.length > 0 && sample.every((row) => row[at] === '')) return columns.length + FIRST.length + at;
    return found >= 0 ? found : FIRST.length + at;
  };
  let room = total;
  const shown: Fitted[] = [];
  for (const column of [...all].sort((a, b) => rank(a) - rank(b))) {
    const needed = least(column) + (shown.length > 0 ? GAP.length : 0);
    // A first column that is wider than the terminal is shown whole.
    if (needed > room && shown.length > 0) continue;
    shown.push({ ...column, width: least(column) });
    room -= needed;
  }
  if (shown.length > 1 && room < 0) shown.splice(1);
  // Sentences share what is left.
  for (const column of shown) {
    if (room <= 0) break;
    const wider = Math.min(room, all[column.at]!.width - column.width);
    column.width += wider;
    room -= wider;
  }
  return shown.sort((a, b) => a.at - b.at);
}

/** Writes the rows as a table and returns their number. The first rows decide the widths and what fits a terminal. */
export async function writeTable(
  columns: readonly RowColumn[],
  chunks: Chunks,
  write: Write,
  { width, exactTimes = false, paint }: TableOptions,
): Promise<number> {
  if (columns.length === 0) return 0;
  let sample: string[][] = [];
  let shown: Fitted[] | null = null;
  let count = 0;
  const plain = (cell: RowCell): string => printable(cellText(cell));
  const textOf = columns.map((column) =>
    isTime(column) && !exactTimes ? (cell: RowCell): string => printable(shortTime(column, cellText(cell))) : plain,
  );
  let line = (_: readonly string[]): string => '';
  const begin = (): string => {
    const fitted = fit(columns, sample, width);
    shown = fitted;
    const cells = fitted.map(({ at, width: own, isSentence }) => {
      const side = isNumber(columns[at]!) ? 'left' : 'right';
      const cut = width !== null && isSentence;
      const padded = (text: string): string => pad(cut ? truncate(text, own) : text, own, side);
      const isCause = paint !== undefined && columns[at]!.name === 'cause';
      return { at, padded: isCause ? (text: string): string => paint(text, padded(text)) : padded };
    });
    line = (row) => {
      let text = '';
      for (let i = 0; i < cells.length; i++) text += (i === 0 ? '' : GAP) + cells[i]!.padded(row[cells[i]!.at]!);
      return `${text.trimEnd()}\n`;
    };
    const rule = fitted.map(({ width: own }) => '─'.repeat(own)).join(GAP);
    return `${line(columns.map(({ name }) => printable(name)))}${rule}\n`;
  };
  const flush = async (): Promise<void> => {
    let text = shown === null ? begin() : '';
    for (const row of sample) text += line(row);
    sample = [];
    await write(text);
  };
  for await (const rows of chunks) {
    count += rows.length;
    for (const row of rows) sample.push(textOf.map((text, i) => text(row[i])));
    if (shown !== null || sample.length >= SAMPLE) await flush();
  }
  if (shown === null || sample.length > 0) await flush();
  if (count === 0) await write('(0 rows)\n');
  const left = columns.filter((_, at) => !shown!.some((column) => column.at === at)).map(({ name }) => name);
  if (left.length > 0) {
    const sentence = `${countOf(left.length, 'more column')}: ${left.join(', ')} (--vertical shows all, --columns a,b some)`;
    await write(`${wrap(sentence, width!).join('\n')}\n`);
  }
  return count;
}

/** Writes each row as a block with a line for each cell, nothing cut and times in full; returns their number. */
export async function writeVertical(columns: readonly RowColumn[], chunks: Chunks, write: Write): Promise<number> {
  const names = columns.map(({ name }) => printable(name));
  const width = Math.max(0, ...names.map(cellWidth));
  const labels = names.map((name) => pad(name, width, 'right'));
  let count = 0;
  for await (const rows of chunks) {
    let text = '';
    for (const row of rows) {
      count++;
      text += `── row ${count} ──\n`;
      for (let i = 0; i < labels.length; i++) text += `${`${labels[i]}  ${printable(cellText(row[i]))}`.trimEnd()}\n`;
    }
    await write(text);
  }
  if (count === 0 && columns.length > 0) await write('(0 rows)\n');
  return count;
}
