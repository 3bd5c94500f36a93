/** Lists the S3 objects of a window: the access logs, and the bytes that a statement will read. */
import { bytesText, costOf, dollars } from '../athena/cost.ts';
import { type Estimate, estimateLake, estimateLogs, selectionOf } from '../athena/estimate.ts';
import { daysOf, type Location, logFolder } from '../athena/location.ts';
import type { Selection } from '../source/key.ts';
import { openSource } from '../source/open.ts';
import { type Source, SourceError, type SourceObject } from '../source/source.ts';
import type { Micros } from '../time/time.ts';
import { type AthenaArguments, say } from './athena-option.ts';
import type { Effects } from './command.ts';
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
    region: args.region,
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
  lake: string | null,
  window: Window,
  args: AthenaArguments,
  effects: Effects,
): Promise<Estimate> {
  const days = daysOf(window);
  if (location === null) {
    return withSource(`${lake}/alb_log/`, ANYTHING, args, effects, (source) =>
      estimateLake(source, window, effects.signal),
    );
  }
  return withSource(logFolder(location), selectionOf(location, days), args, effects, (source) =>
    estimateLogs(source, location, days, effects.signal),
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
    accounts: [location.account],
    regions: [location.region],
    logs: ['access'],
  };
  return withSource(logFolder(location), selection, args, effects, async (source) => {
    const objects: SourceObject[] = [];
    for await (const listed of source.list(effects.signal)) {
      if ('failed' in listed) throw new SourceError(listed.failed.message, listed.failed.uri, true);
      if ('object' in listed) objects.push(listed.object);
    }
    return objects;
  });
}

/** Prints the highest possible cost of a statement that reads its table `reads` times. */
export async function sayEstimate(
  { objects, bytes, days }: Estimate,
  reads: number,
  { price }: AthenaArguments,
  isLake: boolean,
  effects: Effects,
): Promise<void> {
  if (reads === 0) return say(effects, 'estimate: no log is read; the bytes read of other tables follow at the end');
  const times = reads === 1 ? 'once' : `at most ${reads} times`;
  const columns = isLake ? ', of which only the columns asked for are read' : '';
  await say(
    effects,
    `estimate: ${plural(objects, 'object')} in ${plural(days, 'day folder')}, ${bytesText(bytes)}${columns}, read ${times}: ` +
      `up to ${dollars(costOf(bytes * reads, price))} at ${dollars(price)} a terabyte`,
  );
}
