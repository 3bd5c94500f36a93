/** Shows where a statement has its mistake: the line, and a mark below the place. */
import type { Style } from './style.ts';
import { cellWidth, printable } from './text.ts';

/** Returns two lines: `  line 1: select x from y` and a `^` below the mistake. */
export function placeLines(
  { line, text, cells }: { line: number; text: string; cells: number },
  style: Style,
): string[] {
  const head = `  line ${line}: `;
  const before = printable(firstCells(text, cells));
  return [
    `${style.faint(head)}${before}${printable(text.slice(firstCells(text, cells).length))}`,
    `${' '.repeat(head.length + cellWidth(before))}${style.bad('^')}`,
  ];
}

/** Returns the beginning of a text that fills so many cells. A control byte fills none, until it is shown. */
function firstCells(text: string, cells: number): string {
  let used = 0;
  let length = 0;
  for (const character of text) {
    if (used >= cells) break;
    used += cellWidth(character);
    length += character.length;
  }
  return text.slice(0, length);
}
