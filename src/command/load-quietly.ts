/** Loads for another command: with the defaults of `load`, and without its progress. */
import yargs from 'yargs';
import type { LoadOutcome } from '../load/main/request.ts';
import { formatMillis, type Micros } from '../time/time.ts';
import type { Effects } from './command.ts';

/** A window, and more flags of `load` as typed. */
export interface QuietLoad {
  db: string;
  source: readonly string[];
  from: Micros | null;
  to: Micros | null;
  words?: readonly string[];
  /** Whether files of no use, and nothing else, are no error. */
  mayBeUseless?: boolean;
  /** Gets what the load came to. */
  took?: (outcome: LoadOutcome) => void;
}

/** Loads the sources for the window, and returns the exit code of `load`. Sources in which nothing is found are no error. */
export async function loadQuietly(
  { db, source, from, to, words = [], mayBeUseless, took }: QuietLoad,
  effects: Effects,
): Promise<number> {
  const { command: load } = await import('./load.ts');
  const parser = yargs().exitProcess(false).option('db', { type: 'string', default: db });
  load.builder(parser);
  const times = Object.entries({ from, to }).flatMap(([flag, time]) =>
    time === null ? [] : [`--${flag}`, formatMillis(time)],
  );
  const defaults = await parser.parseAsync([...times, ...words, '--quiet']);
  return load.run(
    { ...defaults, source, mayBeEmpty: true, mayBeUseless, took } as unknown as Parameters<typeof load.run>[0],
    effects,
  );
}
