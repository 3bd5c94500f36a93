/** Prints tables of the page so that they fit: short names with the full one on demand, times in one form, constant columns once. */
import { html, type Markup, raw } from './html.ts';
import type { Rows } from './incident.ts';
import { truncate } from './text.ts';

/** Longest text of a cell; agents and urls can be 8 KB. */
const CELL = 300;
/** A longer text is cut until a reader asks for it. */
const LONG = 26;

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/;
/** At most so many rows of more columns than that are printed with a line for each column. */
const [FEW, MANY] = [2, 10];
/** The day of a time as `plain` prints it. */
const DAY = /^\d{4}-\d\d-\d\d (?=\d\d:)/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

/** Returns a time as `2026-03-10 14:00:20` or, where it is finer, `2026-03-10 14:00:20.250`; other text as it is. */
function plain(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'object') return Object.keys(cell).length === 0 ? '' : JSON.stringify(cell);
  const text = String(cell);
  const time = TIME.exec(text);
  if (time === null) return text;
  const fraction = (time[3] ?? '').slice(0, 4);
  return `${time[1]} ${time[2]}${/^\.?0*$/.test(fraction) ? '' : fraction}`;
}

/** Returns the short name of an ARN, or the part of a long name that distinguishes it; null where the text is short already. */
function shortName(text: string): string | null {
  const arn = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:targetgroup|loadbalancer\/(?:app|net))\/([^/]+)/.exec(text);
  if (arn) return arn[1]!;
  return /^(?:file|s3):\/\//.test(text) && text.includes('/', 8) ? text.slice(text.lastIndexOf('/') + 1) || null : null;
}

function cellOf(cell: unknown): Markup {
  const text = plain(cell);
  if (NUMBER.test(text)) return html`<td class="n">${text}</td>`;
  const short = shortName(text);
  if (short !== null)
    return html`<td><details><summary>${truncate(short, LONG)}</summary>${truncate(text, CELL)}</details></td>`;
  return text.length > LONG ? html`<td class="long">${truncate(text, CELL)}</td>` : html`<td>${text}</td>`;
}

/** Returns a table. A script may sort it; paper has its first rows. */
export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): Markup {
  const isNumber = heads.map(
    (_, i) => rows.length > 0 && rows.every((row) => NUMBER.test(plain(row[i])) || plain(row[i]) === ''),
  );
  return html`<div class="scroll"><table><thead><tr>${heads.map((head, i) => html`<th scope="col"${isNumber[i] ? html` class="n"` : null}>${head.split('_').map((part, at) => html`${at > 0 ? raw('_<wbr>') : null}${part}`)}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cellOf)}</tr>`)}</tbody></table></div>`;
}

/** Returns a query's table: columns without a value are left out, and those with one value are said once. */
export function queryTable({ title, command, columns, rows, total }: Rows, kind = ''): Markup {
  const kept: number[] = [];
  const constant: string[] = [];
  const empty: string[] = [];
  columns.forEach((name, i) => {
    const values = new Set(rows.map((row) => plain(row[i])));
    const [only] = values;
    if (values.size > 1 || rows.length === 1) only === '' && values.size === 1 ? empty.push(name) : kept.push(i);
    else if (only === '' || only === '0') empty.push(name);
    else if (only !== undefined) constant.push(`${name} ${truncate(shortName(only) ?? only, LONG)}`);
  });
  // Times of one day have their day below the table.
  const days = new Map<number, string>();
  for (const i of kept) {
    const own = new Set(rows.map((row) => DAY.exec(plain(row[i]))?.[0]));
    const [day] = own;
    if (own.size === 1 && day !== undefined) {
      days.set(i, day);
      constant.push(`${columns[i]} on ${day.trim()}`);
    }
  }
  const cells = rows.map((row) => kept.map((i) => (days.has(i) ? plain(row[i]).slice(days.get(i)!.length) : row[i])));
  const left = [
    constant.length > 0 ? `In all rows: ${constant.join(', ')}.` : '',
    empty.length > 0 ? `Nothing in: ${empty.join(', ')}.` : '',
  ].filter((text) => text !== '');
  return html`<details class="fold ${kind}"><summary><b>${title}</b>: ${total}<span class="paper">; all: <code>${command}</code></span></summary>
${
  rows.length === 0
    ? html`<p class="faint">None.</p>`
    : rows.length <= FEW && kept.length > MANY
      ? // Two wide rows read better as columns.
        table(
          ['', ...rows.map((_, i) => (rows.length === 1 ? 'value' : `row ${i + 1}`))],
          kept.map((i, at) => [columns[i], ...cells.map((row) => row[at])]),
        )
      : table(
          kept.map((i) => columns[i]!),
          cells,
        )
}
<p class="faint">${left.join(' ')}${left.length > 0 ? ' ' : ''}${total > rows.length ? `${rows.length} of ${total} rows; all: ` : 'Again: '}<code>${command}</code></p>
</details>`;
}
