/** Describes clocks of the evidence that contradict the log, or each other, in sentences. Pure. */
import { count, printable } from './text.ts';

/** One row of queries/clock-offsets.sql. */
export interface ClockRow {
  source: string | null;
  event: string;
  compared_with: string;
  node: string | null;
  seconds: number;
  least_seconds: number;
  most_seconds: number;
  targets: number | bigint;
  of_targets: number | bigint;
}

/** Seconds below which a clock counts as right. */
const SLACK = 2;

const EVENTS: Readonly<Record<string, string>> = {
  created: 'creations',
  started: 'starts of containers',
  deleted: 'deletions',
  finished: 'ends of containers',
  gone: 'disappearances',
  registered: 'registrations',
  deregistered: 'deregistrations',
};

const SOURCES: Readonly<Record<string, string>> = {
  call: 'the calls (log of the controller, CloudTrail, ECS)',
  listing: 'target health',
};

const seconds = (value: number): string => `${Number(Math.abs(value).toFixed(1))} s`;

/** Returns the contradiction itself, as a person can check it. */
function proofOf(row: ClockRow, word: (kind: string) => string): string {
  const range = (): string => {
    const [low, high] = [Math.abs(row.least_seconds), Math.abs(row.most_seconds)].sort((a, b) => a - b);
    return low === high ? seconds(low!) : `${Number(low!.toFixed(1))} to ${seconds(high!)}`;
  };
  const targets = `${Number(row.targets)} of ${count(Number(row.of_targets), 'target')}`;
  const pair = `${row.event} ${row.compared_with}`;
  if (pair === 'deleted log') return `${targets} failed for good ${range()} before their deletion`;
  if (pair === 'finished log') return `${targets} answered up to ${range()} after their containers had ended`;
  if (pair === 'finished deleted') return `the containers of ${targets} ended ${range()} before their deletion`;
  if (pair === 'finished gone') return `the containers of ${targets} ended ${range()} after their pods were gone`;
  if (pair === 'deregistered deleted') return `${targets} were deregistered ${range()} before their deletion`;
  if (pair === 'registered log') return `${targets} were chosen ${range()} before their registration`;
  return `${word(row.compared_with)} dates them ${range()} ${row.seconds > 0 ? 'earlier' : 'later'} at ${targets}`;
}

/**
 * Returns one sentence for each clock that is off, then one for each source with the flags of `load` that correct it. `nameOf`
 * returns the name of a kind of evidence. With `first` only contradictions to the log have a sentence, if there are any.
 */
export function clockSentences(
  rows: readonly ClockRow[],
  nameOf: (kind: string) => string,
  first: 'log' | null = null,
): string[] {
  const word = (kind: string): string => SOURCES[kind] ?? printable(nameOf(kind));
  const other = (row: ClockRow): string => {
    if (row.compared_with === 'log') return 'the log';
    if (row.compared_with === 'deleted') return 'the deletions';
    return row.compared_with === 'gone' ? 'the end of the pods' : word(row.compared_with);
  };
  const isAny = (row: ClockRow): boolean => first === null || row.compared_with === first;
  const shown = rows.some(isAny) ? rows.filter(isAny) : rows;
  const lines = shown.map((row) => {
    const whose = row.node === null ? '' : ` of node ${printable(row.node)}`;
    const side = row.seconds > 0 ? 'ahead of' : 'behind';
    const clock = `the clock of ${EVENTS[row.event] ?? printable(row.event)}${whose} in ${word(row.source ?? '')}`;
    return `${clock} seems ${seconds(row.seconds)} ${side} ${other(row)}: ${proofOf(row, word)}.`;
  });
  return [...lines, ...correctionsOf(rows, word)];
}

/** Returns how to load the sources again whose clocks the log itself contradicts. */
function correctionsOf(rows: readonly ClockRow[], word: (kind: string) => string): string[] {
  const whole = rows.filter(({ node }) => node === null);
  const sources = [...new Set(whole.filter((row) => row.compared_with === 'log').map(({ source }) => source ?? ''))];
  return sources.map((source) => {
    const of = (event: string, compared: string): number | null =>
      whole.find((row) => row.source === source && row.event === event && row.compared_with === compared)?.seconds ??
      null;
    const apart = of('finished', 'deleted') ?? of('finished', 'gone');
    const nodes = of('finished', 'log');
    const server = of('deleted', 'log') ?? of('registered', 'log') ?? (apart === null ? nodes! : 0);
    // Where the clocks of nodes and of the API server differ, each has its own.
    const own = apart === null ? server : (nodes ?? server + apart);
    const node = Math.abs(own) <= SLACK ? 0 : Number(own.toFixed(1));
    const flags = [`--clock ${Number(server.toFixed(1))}`, ...(apart === null ? [] : [`--node-clock ${node}`])];
    return `to correct it, load ${word(source)} again with ${flags.join(' ')}.`;
  });
}
