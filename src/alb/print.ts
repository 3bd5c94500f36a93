/** Prints a row as the line that it came from, in canonical form. */
import { formatTime } from '../time/time.ts';
import { FIELDS } from './field.ts';
import type { AlbRow } from './row.ts';

/**
 * Returns the line, without a line feed, in canonical form: quotes exactly where AWS puts them today, seconds with at
 * least three decimals, status codes with three digits, absent times as -1, other absent values as `-`, one blank between
 * fields, as many fields as the row had. A last field that ends in a carriage return gets one more, because the reader
 * removes one from the end of a line.
 */
export function printRow(row: AlbRow): string {
  const known = FIELDS.slice(0, row.field_count).map((field) => {
    const value = row[field.columns[0]!] ?? null;
    const text = ((): string => {
      if (value === null) return field.type === 'seconds' ? '-1' : '-';
      switch (field.type) {
        case 'time':
          return formatTime(value as number);
        case 'endpoint':
          return `${value}:${row[field.columns[1]!]}`;
        case 'seconds':
          return printSeconds(value as number);
        case 'status':
          return String(value).padStart(3, '0');
        default:
          return String(value);
      }
    })();
    return wantsQuotes(text, field.quoted) ? `"${text}"` : text;
  });
  const line = [...known, ...(row.extra === null ? [] : [row.extra])].join(' ');
  return line.endsWith('\r') ? `${line}\r` : line;
}

/** A value that is empty or holds a blank needs quotes; a bare value that would close its quotes early must stay bare. */
function wantsQuotes(text: string, quoted: boolean): boolean {
  if (text === '' || text.includes(' ') || text.startsWith('"')) return true;
  return quoted && !/(?<!\\)"|\\$/.test(text);
}

function printSeconds(seconds: number): string {
  let decimals = 3;
  while (decimals < 15 && Number(seconds.toFixed(decimals)) !== seconds) decimals++;
  return seconds.toFixed(decimals);
}
