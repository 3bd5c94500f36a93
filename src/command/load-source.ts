/** The sources of `load`, and how far behind its window they look for late deliveries. */
import type { Micros } from '../evidence/fact.ts';
import { redactedUrl } from '../evidence/redact.ts';
import { addWindow, lookBackDays, lookBackFrom } from '../load/look-back.ts';
import { printable } from '../report/text.ts';
import type { LogName } from '../source/key.ts';
import { openSource } from '../source/open.ts';
import type { Source } from '../source/source.ts';
import { askedWindows, recordWindows } from '../store/asked-window.ts';
import type { Database } from '../store/database.ts';
import type { Effects } from './command.ts';

/** Flags of `load` that say what of a source is wanted. */
export interface SourceArguments {
  dropOutside: boolean;
  account: string[];
  region: string[];
  lb: string[];
  logs: LogName[];
  endpointUrl: string | undefined;
  profile: string | undefined;
  selector: string | undefined;
  /** Seconds. */
  readTimeout: number;
}

export interface Looking {
  window: { from: Micros | null; to: Micros | null } | null;
  lookBack: Micros;
  now: Micros;
}

/** Returns the folder beside a database for what is on its way into it. What a kill left there goes with the next load. */
export const spoolDirectoryOf = (db: string): string => `${db}.spool`;

/** Opens a source for a window and for the late deliveries behind it; that it was asked for is recorded at once, so that a kill does not matter. */
export async function openLooking(
  argument: string,
  { window, lookBack, now }: Looking,
  args: SourceArguments,
  { connection, path }: Database,
  effects: Effects,
): Promise<Source> {
  const { account: accounts, region: regions, lb: loadBalancers, logs } = args;
  let looked = window;
  // A Prometheus has no late deliveries to speak of; its windows know themselves when they were open.
  if (window !== null && !/^prometheus\+/i.test(argument)) {
    const place = [redactedUrl(argument), ...accounts, ...regions, ...loadBalancers, ...logs].join(' ');
    const earlier = await askedWindows(connection, place);
    await recordWindows(
      connection,
      place,
      addWindow(earlier, { from: window.from, to: Math.min(window.to ?? now, now) }),
      lookBack,
    );
    // Rows that are to be dropped need not be looked for.
    if (window.from !== null && !args.dropOutside) {
      looked = { ...window, from: lookBackFrom(window.from, earlier, lookBack) };
    }
  }
  return openSource(argument, {
    window: looked,
    accounts,
    regions,
    loadBalancers,
    logs,
    lookBackDays: lookBackDays(window?.to ?? null, lookBack, now),
    endpointUrl: args.endpointUrl,
    profile: args.profile,
    selector: args.selector,
    patience: { idleMs: args.readTimeout * 1000 },
    env: effects.env,
    note: (text) => void effects.stderr.write(`${printable(text)}\n`),
    spoolDirectory: spoolDirectoryOf(path),
    stdin: effects.stdin,
    now: effects.now,
  });
}
