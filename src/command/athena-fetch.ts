/** Fetches what verdicts need of a window from Athena, by two readings of the log: counts of all lines, then the lines themselves. */
import type { Athena, AthenaContext } from '../athena/client.ts';
import { bytesText, costOf, dollars } from '../athena/cost.ts';
import { type AthenaResult, execute } from '../athena/execute.ts';
import { type Location, tableFolder } from '../athena/location.ts';
import { countOf, countsStatement, fetchedCount, linesStatement, linesTable } from '../athena/pull.ts';
import type { PulledSource } from '../athena/pulled-source.ts';
import type { SourceObject } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { addCounts, beginCounts, countedTargets } from '../store/pulled.ts';
import { terminated } from '../store/terminated-target.ts';
import type { Micros } from '../time/time.ts';
import { type AthenaArguments, say } from './athena-option.ts';
import type { Effects } from './command.ts';
import { plural } from './load-progress.ts';

/** Lines to fetch, and where they are. */
export interface Fetch {
  place: AthenaContext;
  location: Location;
  window: { from: Micros; to: Micros };
  /** Lines that are fetched beside those of failing and going targets; null for none, as `load --keep failures` takes them. */
  more: MoreLines | null;
  /** Sums of all statements so far. */
  spent: { bytes: number; dollars: number };
  args: AthenaArguments;
  effects: Effects;
}

/** Lines that a question needs beside failures, and targets that fail or go. */
export interface MoreLines {
  /** Addresses of which every line near these spans (ten minutes, `2026-03-10T14:0`) is fetched. */
  ips: ReadonlySet<string>;
  spans: readonly string[];
  /** Lines with this text; null for none. */
  text: string | null;
}

/** Explains why objects cannot be taken as empty: AWS writes no object without a line. */
export function sayUnseen(unseen: readonly SourceObject[], { location, place }: Fetch): string {
  const [table, folder] = [linesTable(location), tableFolder(location)];
  return (
    `Athena has no line of ${plural(unseen.length, 'object')} that ${unseen.length === 1 ? 'is' : 'are'} not empty, such as ${unseen[0]!.uri}; ` +
    `see whether table ${table} of database ${place.database} lies at ${folder} (draintrace athena ddl)`
  );
}

export interface Fetched {
  /** Targets of which lines near failures and ends were fetched, `ip:port`. */
  targets: readonly string[];
  /** First and last time of all lines that were counted; null where there was none. */
  times: { first: number; last: number } | null;
}

/** Fetches counts into the database's temporary table, and lines into the source. */
export async function fetchAll(
  athena: Athena,
  source: PulledSource,
  { connection }: Database,
  fetch: Fetch,
): Promise<Fetched> {
  const { location, window, more, effects } = fetch;

  // Count first: only the counts show which targets fail.
  await beginCounts(connection);
  const counts = await askAthena(athena, countsStatement(location, window), 'counts', fetch);
  for await (const rows of counts.chunks) {
    effects.signal.throwIfAborted();
    const known = rows.map(countOf).filter(({ uri }) => source.has(uri));
    for (const { uri } of known) source.saw(uri);
    await addCounts(connection, known);
  }
  const { targets, failing, groups, spans, first, last } = await countedTargets(connection);
  const gone = first === null || last === null ? null : await terminated(connection, first, last);
  const ipOf = (target: string): string => target.slice(0, target.lastIndexOf(':'));
  const isWanted = (target: string): boolean =>
    more?.ips.has(ipOf(target)) || gone?.targets.has(target) || gone?.ips.has(ipOf(target)) || false;
  const kept = [...new Set([...failing, ...targets.filter(isWanted)])].sort();

  const wanted = {
    targets: kept,
    spans: [...new Set([...spans, ...(gone?.spans ?? []), ...(more?.spans ?? [])])].sort(),
    groups: more === null ? [] : groups,
    text: more?.text ?? null,
  };
  const lines = await askAthena(athena, linesStatement(location, window, wanted), 'lines', fetch);
  let added = 0;
  for await (const rows of lines.chunks) {
    effects.signal.throwIfAborted();
    const known = rows
      .map(([uri, line, copies, isPlain]) => ({
        ...{ uri: String(uri), line: String(line), copies: Number(copies), isPlain: isPlain === 1 },
      }))
      .filter(({ uri }) => source.has(uri));
    added += await source.add(known);
    // A line that is fetched becomes a row, so it is taken out of the counts.
    const plain = known.filter(({ isPlain }) => isPlain);
    await addCounts(
      connection,
      plain.map(({ uri, line, copies }) => fetchedCount(uri, line, copies)),
    );
  }
  await say(effects, `${plural(added, 'line')} of ${plural(kept.length, 'target')} and of other failures`);
  return { targets: kept, times: first === null || last === null ? null : { first, last } };
}

/** Runs a statement, and says what it read. */
export async function askAthena(
  athena: Athena,
  statement: string,
  what: string,
  { place, spent, args, effects }: Pick<Fetch, 'place' | 'spent' | 'args' | 'effects'>,
): Promise<AthenaResult> {
  const answer = await execute(athena, statement, place, effects.signal, {
    started: (id) => void say(effects, `${what}: execution ${id}`),
  });
  if (!answer.reused) {
    spent.bytes += answer.scanned;
    spent.dollars += costOf(answer.scanned, args.price);
  }
  await say(
    effects,
    answer.reused
      ? `${what}: an earlier result was taken`
      : `${what}: read ${bytesText(answer.scanned)}: ${dollars(costOf(answer.scanned, args.price))}`,
  );
  return answer;
}
