/** Estimates the bytes that a statement will read: the sizes of the objects in its day folders. */
import { type Token, tokensOf } from '../query/token.ts';
import type { Selection } from '../source/key.ts';
import type { Source } from '../source/source.ts';
import { DAY, dayNumber, type Micros } from '../time/time.ts';
import { type Days, dayFolder, type Location, siteFolder, sitesOf } from './location.ts';

export interface Estimate {
  /** Objects in the day folders, of every kind of log. */
  objects: number;
  /** Their stored bytes. */
  bytes: number;
  /** Day folders. */
  days: number;
}

/** Returns the selection to list, with one more day on each side: an object lies in the folder of its delivery day. */
export function selectionOf(
  location: Location,
  { first, last }: Days,
  loadBalancers: readonly string[] = [],
): Selection {
  return {
    window: { from: (first - 1) * DAY, to: (last + 1) * DAY },
    accounts: location.accounts,
    regions: location.regions,
    loadBalancers,
    logs: [],
    lookBackDays: 0,
  };
}

/** Lists the source and adds up the objects of the day folders that are read. One request for each 1,000 objects and each day. Throws SourceError. */
export async function estimateLogs(
  source: Source,
  location: Location,
  { first, last }: Days,
  signal: AbortSignal,
  isRead: (uri: string) => boolean = () => true,
): Promise<Estimate> {
  const days = Array.from({ length: last - first + 1 }, (_, i) => dayFolder(first + i));
  const folders = sitesOf(location).flatMap((site) => days.map((day) => `${siteFolder(location, site)}${day}/`));
  const found: Estimate = { objects: 0, bytes: 0, days: folders.length };
  const inFolders = new Set(folders);
  for await (const listed of source.list(signal)) {
    if (!('object' in listed)) continue;
    const { uri, size } = listed.object;
    if (!inFolders.has(uri.slice(0, uri.lastIndexOf('/') + 1)) || !isRead(uri)) continue;
    found.objects++;
    found.bytes += size;
  }
  return found;
}

/** Adds up the files of a lake, or of a table of Iceberg, for the window's days. One request for each 1,000 files. Throws SourceError. */
export async function estimateLake(
  source: Source,
  { from, to }: { from: Micros; to: Micros },
  signal: AbortSignal,
): Promise<Estimate> {
  const first = dayNumber(from);
  const last = dayNumber(to - 1);
  const days = Array.from({ length: last - first + 1 }, (_, i) => dayFolder(first + i).replaceAll('/', '-'));
  const found: Estimate = { objects: 0, bytes: 0, days: days.length };
  const wanted = new Set(days);
  for await (const listed of source.list(signal)) {
    if (!('object' in listed)) continue;
    const { uri, size } = listed.object;
    if (!wanted.has(/\/(?:time_)?day=([^/]+)\//.exec(uri)?.[1] ?? '')) continue;
    found.objects++;
    found.bytes += size;
  }
  return found;
}

/**
 * Returns how often a statement reads `table`. Trino plans a WITH clause again for each use of its name, so the clause's reads
 * count once for each use. This is an upper bound: the planner may drop some reads.
 */
export function readsOf(statement: string, table: string): number {
  return readsIn(tokensOf(statement), new Map([[table, 1]]));
}

/** Counts reads in a statement. It knows the names from outside; its own clauses are known only inside it. */
function readsIn(tokens: readonly Token[], known: ReadonlyMap<string, number>): number {
  const { clauses, body } = clausesOf(tokens);
  const reads = new Map(known);
  for (const clause of clauses) reads.set(clause.name, readsIn(clause.tokens, reads));
  return countIn(body, reads);
}

function countIn(tokens: readonly Token[], reads: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'name') continue;
    const known = reads.get(token.text);
    // `failure.time` is a column, `time as failure` an alias.
    if (known === undefined || tokens[i + 1]?.text === '.' || tokens[i - 1]?.text === '.') continue;
    const before = tokens.slice(0, i).findLast(({ kind }) => kind !== 'blank' && kind !== 'comment');
    if (before && /^(?:from|join)$/i.test(before.text)) sum += known;
  }
  return sum;
}

/** Returns the WITH clauses of a statement, and the tokens after them. */
function clausesOf(tokens: readonly Token[]): { clauses: { name: string; tokens: Token[] }[]; body: Token[] } {
  const code = tokens.filter(({ kind }) => kind !== 'blank' && kind !== 'comment');
  const clauses: { name: string; tokens: Token[] }[] = [];
  if (code[0]?.text.toLowerCase() !== 'with') return { clauses, body: code };
  let at = 1;
  for (;;) {
    const name = code[at]!.text;
    // name as ( ... )
    let end = at + 3;
    for (let depth = 1; depth > 0 && end < code.length; end++) {
      if (code[end]!.kind !== 'sign') continue;
      if (code[end]!.text === '(') depth++;
      if (code[end]!.text === ')') depth--;
    }
    clauses.push({ name, tokens: code.slice(at + 3, end - 1) });
    if (code[end]?.text !== ',') return { clauses, body: code.slice(end) };
    at = end + 1;
  }
}
