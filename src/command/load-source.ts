/** Opens the sources of `load`, and decides how far after the window late deliveries are searched. */
import { redactedUrl } from '../evidence/redact.ts';
import { Aws } from '../gather/aws.ts';
import { addWindow, lookBackDays, lookBackFrom } from '../load/main/look-back.ts';
import { EventQueue, parseQueue, type QueueAddress } from '../queue/queue.ts';
import { queueSource } from '../queue/queue-source.ts';
import { printable } from '../report/text.ts';
import type { LogName } from '../source/key.ts';
import { openSource, type SourceOptions } from '../source/open.ts';
import { PATIENCE } from '../source/retry.ts';
import { type Source, SourceError } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { readInventoryParquet } from '../store/inventory-parquet.ts';
import { askedWindows, recordWindows } from '../store/requested-window.ts';
import { type Micros, SECOND_MS } from '../time/time.ts';
import type { Effects } from './command.ts';

/** Flags of `load` that select a part of a source. */
export interface SourceArguments {
  dropOutside: boolean;
  account: string[];
  region: string[];
  lb: string[];
  logs: LogName[];
  endpointUrl: string | undefined;
  profile: string | undefined;
  selector: string | undefined;
  deleteMessages: boolean;
  /** Seconds. */
  readTimeout: number;
}

export interface OpenedSources {
  window: { from: Micros | null; to: Micros | null } | null;
  lookBack: Micros;
  now: Micros;
}

/** Returns the temporary folder beside a database. The next load removes what a kill left there. */
export const spoolDirectoryOf = (db: string): string => `${db}.spool`;

/** Opens a source for a window and its late deliveries. Records the request at once, so that a kill does not lose it. */
export async function openSources(
  argument: string,
  { window, lookBack, now }: OpenedSources,
  args: SourceArguments,
  { connection, path }: Database,
  effects: Effects,
): Promise<Source> {
  const { account: accounts, region: regions, lb: loadBalancers, logs } = args;
  let looked = window;
  const queue = parseQueue(argument);
  // A Prometheus has few late deliveries, and its windows know whether they were open. A queue has a message for each.
  if (window !== null && queue === null && !/^prometheus\+/i.test(argument)) {
    const place = [redactedUrl(argument), ...accounts, ...regions, ...loadBalancers, ...logs].join(' ');
    const earlier = await askedWindows(connection, place);
    await recordWindows(
      connection,
      place,
      addWindow(earlier, { from: window.from, to: Math.min(window.to ?? now, now) }),
      lookBack,
    );
    // Rows that would be dropped need no search.
    if (window.from !== null && !args.dropOutside) {
      looked = { ...window, from: lookBackFrom(window.from, earlier, lookBack) };
    }
  }
  const options: SourceOptions = {
    window: looked,
    accounts,
    regions,
    loadBalancers,
    logs,
    lookBackDays: lookBackDays(window?.to ?? null, lookBack, now),
    endpointUrl: args.endpointUrl,
    profile: args.profile,
    selector: args.selector,
    patience: { idleMs: args.readTimeout * SECOND_MS },
    env: effects.env,
    note: (text) => void effects.stderr.write(`${printable(text)}\n`),
    spoolDirectory: spoolDirectoryOf(path),
    readParquet: readInventoryParquet,
    stdin: effects.stdin,
    now: effects.now,
  };
  return queue === null ? openSource(argument, options) : openQueue(queue, options, args.deleteMessages);
}

/** Returns the source of a queue. Throws SourceError where no region is named. */
async function openQueue(address: QueueAddress, options: SourceOptions, deleteMessages: boolean): Promise<Source> {
  const { env = {}, window, accounts, regions, loadBalancers, logs } = options;
  const access = { endpointUrl: null, region: options.region ?? null, profile: options.profile ?? null, env };
  const region = address.region ?? (await Aws.regionOf({ ...access, region: access.region ?? regions[0] ?? null }));
  if (region === null) {
    throw new SourceError(`${address.shown} shows no region; set AWS_REGION or --region`, address.shown, true);
  }
  const everything = { window: null, accounts: [], loadBalancers: [], logs: [], regions: [] };
  return queueSource(new EventQueue(address, region, access, { ...PATIENCE, ...options.patience }), {
    shown: address.shown,
    selection: { window, accounts, regions, loadBalancers, logs, lookBackDays: 0 },
    deleteMessages,
    // S3 sends events to queues of the bucket's region.
    bucket: (name) => openSource(`s3://${name}`, { ...options, ...everything, region: regions[0] ?? region }),
  });
}
