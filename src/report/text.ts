/** Makes text from logs safe to show: it cannot move the cursor, or hide or reorder the text beside it. */
import stringWidth from 'string-width';
import { DAY, DAY_SECONDS, HOUR, HOUR_SECONDS, MINUTE, MINUTE_SECONDS } from '../time/time.ts';

/**
 * Controls (Cc), line separators, everything that Unicode allows to be invisible (including the marks that reorder text and the
 * variation selectors), interlinear marks, noncharacters, and surrogate halves (Cs).
 */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/gu;

/** Text of printable ASCII alone, as most cells are: nothing in it is unsafe, and each character fills one terminal cell. */
const PLAIN = /^[\x20-\x7e]*$/;

const hex = (code: number, digits: number): string => code.toString(16).toUpperCase().padStart(digits, '0');

/** Returns the text with every unsafe character as `\xHH` or `\u{HHHH}`. `printable('a\x1b[2Jb')` is `a\x1B[2Jb`. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });
}

/** Returns the value as JSON with unsafe characters as `\uHHHH`: the same value, but safe on a terminal. */
export function safeJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (PLAIN.test(json)) return json;
  return json.replace(UNSAFE, (character) =>
    [...Array(character.length).keys()].map((i) => `\\u${hex(character.charCodeAt(i), 4).toLowerCase()}`).join(''),
  );
}

/** A blank without width. It splits a word for GitHub and GitLab, which read rendered text: a backslash does not hinder them. */
const BREAK = '&#8203;';

/** Returns text as one word of a shell's command: nothing in it ends the word or begins another command. */
export const shellWord = (text: string): string =>
  /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", `'\\''`)}'`;

/**
 * Returns `text` for a cell of a Markdown table: on one line, with Markdown and HTML escaped, and without anything that GitHub
 * or GitLab turns into a link or a mention (`@name`, `#1`, `GH-1`, `!1`, `$1`, `%1`, `&1`, `~label`, `https://`, `www.`).
 */
export function markdownCell(text: string): string {
  return printable(text)
    .replace(/[\\`|*_[\]~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/:(?=\/\/)|\bwww(?=\.)|@(?=\w)|[#!$%](?=["\d])|&amp;(?=\d)|~(?=["\w])|\bGH-(?=\d)/gi, `$&${BREAK}`);
}

/** Returns the number of terminal cells that `text` fills. */
export const cellWidth = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** Returns `text` cut to `width` terminal cells. A cut text ends in `…`. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && cellWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const character of text) {
    const own = cellWidth(character);
    if (used + own > width - 1) break;
    cut += character;
    used += own;
  }
  return width > 0 ? `${cut}…` : '';
}

/** Returns `text` padded with blanks to `width` terminal cells. */
export function pad(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - cellWidth(text)));
  return side === 'left' ? blanks + text : text + blanks;
}

/** Returns printable lines of at most `width` cells, broken at blanks. All but the first begin with `indent`, the first with `start`. */
export function wrap(text: string, width: number, indent = '', start = ''): string[] {
  const lines: string[] = [];
  let line = start;
  let isEmpty = true;
  for (const word of printable(text).split(' ')) {
    if (!isEmpty && cellWidth(line) + 1 + cellWidth(word) > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line = isEmpty ? line + word : `${line} ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** Column of the texts of `labelled`, and the width of its lines. */
const LABELLED = { indent: 17, width: 80 };
/** Stands for a blank within a command while lines are broken. */
const HARD_BLANK = '\u00a0';

/** Returns a label and a text beside it, lines ended, of at most 80 cells. A command in backquotes stays on one line, because it is typed; a number keeps its unit. */
export function labelled(label: string, text: string): string {
  const start = `  ${label}`.padEnd(LABELLED.indent);
  if (/^(?:aws|kubectl) /.test(text)) return `${start}${text}\n`;
  const whole = text
    .replace(/`[^`]*`/g, (command) => command.replaceAll(' ', HARD_BLANK))
    .replace(/(?<=\d) (?=(?:s|min|h|d|%)(?!\w))/g, HARD_BLANK);
  return wrap(whole, LABELLED.width, ' '.repeat(LABELLED.indent), start)
    .map((line) => `${line.replaceAll(HARD_BLANK, ' ')}\n`)
    .join('');
}

/** Returns seconds as people read them: `0.316 s`, `14.5 s`, `3 min 20 s`, `5 h 12 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  if (Math.abs(seconds) < 2 * MINUTE_SECONDS) return `${Number(seconds.toFixed(3))} s`;
  if (Math.abs(seconds) >= 2 * DAY_SECONDS) return two(seconds / HOUR_SECONDS, DAY / HOUR, 'd', 'h');
  if (Math.abs(seconds) >= 2 * HOUR_SECONDS) return two(seconds / MINUTE_SECONDS, HOUR / MINUTE, 'h', 'min');
  const whole = Math.round(seconds);
  const minutes = Math.trunc(whole / MINUTE_SECONDS);
  const rest = Math.abs(whole % MINUTE_SECONDS);
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** Formats `count` small units as large units of `size` small ones each, and the rest. */
function two(count: number, size: number, large: string, small: string): string {
  const whole = Math.round(count);
  const rest = Math.abs(whole % size);
  return `${Math.trunc(whole / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

export { count } from '../number/count.ts';

/** Returns the UTC time of day of milliseconds since the epoch: `09:22:42`, with `digits` decimals. */
export function clock(milliseconds: number, digits = 0): string {
  const iso = new Date(milliseconds).toISOString();
  return iso.slice(11, digits === 0 ? 19 : 20 + digits);
}
