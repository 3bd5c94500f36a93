/** Lists the S3 objects of a window: the access logs, and the bytes that a statement will read. */
import type { Athena, AthenaContext } from '../athena/client.ts';
import { bytesText, costOf, dollars, parseBytes } from '../athena/cost.ts';
import { type Estimate, estimateLake, estimateLogs, selectionOf } from '../athena/estimate.ts';
import { daysOf, type LakePlace, type Location, tableFolder } from '../athena/location.ts';
import { isInRanges, pathRanges } from '../athena/path-range.ts';
import type { Selection } from '../source/key.ts';
import { openSource } from '../source/open.ts';
import { type Source, SourceError, type SourceObject } from '../source/source.ts';
import type { Micros } from '../time/time.ts';
import { type AthenaArguments, regionOf, say } from './athena-option.ts';
import type { Effects } from './command.ts';
import { CliError, EXIT } from './error.ts';
import { plural } from './load-progress.ts';

interface Window {
  from: Micros;
  to: Micros;
}

export const ANYTHING: Selection = {
  window: null,
  accounts: [],
  regions: [],
  loadBalancers: [],
  logs: [],
  lookBackDays: 0,
};

async function withSource<T>(
  url: string,
  selection: Selection,
  args: AthenaArguments,
  effects: Effects,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = openSource(url, {
    ...selection,
    region: regionOf(args) ?? undefined,
    profile: args.profile,
    env: effects.env,
    note: (text) => void say(effects, text),
    stdin: effects.stdin,
    now: effects.now,
  });
  try {
    return await work(source);
  } finally {
    await source.close?.();
  }
}

/** Sums up the day folders of a window, of the logs or, without a location, of the lake. Throws SourceError. */
export function estimateFor(
  location: Location | null,
  lake: LakePlace | null,
  window: Window,
  args: AthenaArguments,
  effects: Effects,
): Promise<Estimate> {
  const days = daysOf(window);
  if (location === null) {
    return withSource(`${lake!.folder}/alb_log/`, ANYTHING, args, effects, (source) =>
      estimateLake(source, window, effects.signal),
    );
  }
  const ranges = ['alb_log', 'connection_log', 'health_check'].flatMap((table) =>
    pathRanges(table, args.lb, location, window),
  );
  const isRead = (uri: string) => args.lb.length === 0 || isInRanges(uri, ranges);
  return withSource(tableFolder(location), selectionOf(location, days, args.lb), args, effects, (source) =>
    estimateLogs(source, location, days, effects.signal, isRead),
  );
}

/** Returns the access logs that may hold rows of the window. Throws SourceError, also if a part of them cannot be listed. */
export function logObjects(
  location: Location,
  window: Window,
  args: AthenaArguments,
  effects: Effects,
): Promise<SourceObject[]> {
  const selection: Selection = {
    ...ANYTHING,
    window,
    accounts: location.accounts,
    regions: location.regions,
    loadBalancers: args.lb,
    logs: ['access'],
  };
  return withSource(tableFolder(location), selection, args, effects, async (source) => {
    const objects: SourceObject[] = [];
    for await (const listed of source.list(effects.signal)) {
      if ('failed' in listed) throw new SourceError(listed.failed.message, listed.failed.uri, true);
      if ('object' in listed) objects.push(listed.object);
    }
    return objects;
  });
}

/**
 * Prints the highest possible cost of a statement that reads its table `reads` times. Throws CliError if that is more than
 * --max-scan allows.
 */
export async function sayEstimate(
  { objects, bytes, days }: Estimate,
  reads: number,
  args: AthenaArguments,
  isLake: boolean,
  effects: Effects,
): Promise<void> {
  if (reads === 0) return say(effects, 'estimate: no log is read; the bytes read of other tables follow at the end');
  const times = reads === 1 ? 'once' : `at most ${reads} times`;
  const columns = isLake ? ', of which only the columns asked for are read' : '';
  const price = dollars(args.price);
  await say(
    effects,
    `estimate: ${plural(objects, 'object')} in ${plural(days, 'day folder')}, ${bytesText(bytes)}${columns}, read ${times}: ` +
      `up to ${dollars(costOf(bytes * reads, args.price))} at ${price} a terabyte`,
  );
  const most = maxScanOf(args);
  if (most !== null && bytes * reads > most && !args.dryRun) {
    const how = 'nothing was asked; choose a shorter window, --lb, or a greater --max-scan';
    throw new CliError(
      `this may read ${bytesText(bytes * reads)}, more than --max-scan ${args.maxScan}: ${how}`,
      EXIT.usage,
    );
  }
}

/** Warns of a statement that may read more than the workgroup allows: Athena would end it, and bill what it read until then. */
export async function warnOfLimit(
  athena: Athena,
  { workgroup }: AthenaContext,
  bytes: number | null,
  effects: Effects,
): Promise<void> {
  if (bytes === null || bytes === 0) return;
  const limit = await athena.limit(workgroup, effects.signal);
  if (limit === null || bytes <= limit) return;
  await say(
    effects,
    `warning: workgroup ${workgroup ?? 'primary'} ends a statement that has read ${bytesText(limit)}, and this may read ${bytesText(bytes)}: ` +
      'what was read until then is billed; choose a shorter window, --lb or another --workgroup',
  );
}

/** Returns the most bytes that a statement may read, null without a limit. Throws CliError. */
export function maxScanOf({ maxScan }: AthenaArguments): number | null {
  if (maxScan === undefined) return null;
  const bytes = parseBytes(maxScan);
  if (bytes !== null) return bytes;
  throw new CliError(`--max-scan ${maxScan} is no number of bytes: write it as 500MB or 2TB`, EXIT.usage);
}
