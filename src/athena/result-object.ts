/**
 * Reads a long result from the CSV object that Athena writes of it: one request, where its API gives 1,000 rows a call. Every text is
 * quoted there, so an empty field without quotes is NULL.
 */
import { createReadStream } from 'node:fs';
import { makeScratch } from '../publish/scratch.ts';
import { parseS3Url } from '../source/plan.ts';
import { s3Source } from '../source/s3.ts';
import type { Access } from '../source/s3-client.ts';
import { SourceError } from '../source/source.ts';

/** One row: texts, undefined for NULL. */
export type TextRow = (string | undefined)[];

/** Rows that are given on at once. */
const TOGETHER = 1000;

/** An object on this machine. */
export interface ResultFile {
  path: string;
  remove(): Promise<void>;
}

/**
 * Fetches the result at a url, whole and length-checked, to the local disk. Returns null where that cannot be done, for example without
 * the right to read the bucket: the API has the same rows.
 */
export async function fetchResult(url: string, access: Access, signal: AbortSignal): Promise<ResultFile | null> {
  const place = url.endsWith('.csv') ? parseS3Url(url) : null;
  if (place === null) return null;
  const anything = { window: null, accounts: [], regions: [], loadBalancers: [], logs: [], lookBackDays: 0 };
  const source = s3Source(place, anything, access, undefined, { tries: 2 });
  const scratch = await makeScratch();
  try {
    for await (const found of source.list(signal)) {
      if (!('object' in found) || found.object.uri !== url) break;
      const { path } = await source.fetch(found.object, scratch.path, signal);
      return { path, remove: scratch.remove };
    }
  } catch (error) {
    if (!(error instanceof SourceError)) {
      await scratch.remove();
      throw error;
    }
  } finally {
    await source.close?.();
  }
  await scratch.remove();
  return null;
}

/** Yields the rows of a CSV file, the first with the names of the columns. Throws an Error for text that is no such CSV. */
export async function* csvResult(path: string): AsyncGenerator<TextRow[]> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const { rows, end } = wholeRows(rest + chunk, false);
    rest = (rest + chunk).slice(end);
    for (let at = 0; at < rows.length; at += TOGETHER) yield rows.slice(at, at + TOGETHER);
  }
  const { rows, end } = wholeRows(rest, true);
  if (end < rest.length) throw new Error('the result object ends within a row');
  if (rows.length > 0) yield rows;
}

/** Returns the whole rows at the beginning of a text, and where they end. */
export function wholeRows(text: string, isLast: boolean): { rows: TextRow[]; end: number } {
  const rows: TextRow[] = [];
  let end = 0;
  let row: TextRow = [];
  for (let at = 0; ; ) {
    if (at === text.length && (row.length === 0 || !isLast)) return { rows, end };
    let value: string | undefined;
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      // The quote at the end of a part may be the first of two.
      if (close < 0 || (close + 1 === text.length && !isLast)) return { rows, end };
      value = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    }
    row.push(value);
    const next = text[at];
    if (next === ',') {
      at++;
      continue;
    }
    if (next !== '\n' && next !== undefined) throw new Error('the result object is no CSV of Athena');
    if (next === undefined && !isLast) return { rows, end };
    rows.push(row);
    row = [];
    at = Math.min(at + 1, text.length);
    end = at;
  }
}

/** Returns where the quote that ends a text stands, or -1. Two quotes are one of the text. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}
