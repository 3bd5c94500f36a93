/** The window and the filters of `trace`, for people and for agents. */
import type { BoundValue } from '../query/parameter.ts';
import { CAUSES, MECHANISMS } from '../query/word.ts';
import type { Zone } from '../time/zone.ts';
import { CliError, EXIT } from './error.ts';
import { reversedWindow, timeOption, wordsOption } from './option.ts';

/** Times and words as typed. */
export interface TraceFilter {
  from?: string | undefined;
  to?: string | undefined;
  cause?: readonly string[] | undefined;
  mechanism?: readonly string[] | undefined;
  targetGroup?: string | undefined;
  lb?: string | undefined;
  all: boolean;
  limit?: number | undefined;
}

/** Returns the parameters of the question that `trace` asks. Throws CliError for a window or a limit that cannot be. */
export function traceParameters(filter: TraceFilter, now: number, zone?: Zone): Record<string, BoundValue> {
  const from = timeOption(filter.from, 'from', now, zone);
  const to = timeOption(filter.to, 'to', now, zone);
  if (from !== null && to !== null && from >= to) throw reversedWindow(filter);
  const { limit } = filter;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new CliError(`--limit ${limit} is not a whole number of failures: write it as --limit 100`, EXIT.usage);
  }
  return {
    from: { type: 'timestamp', value: from },
    to: { type: 'timestamp', value: to },
    cause: { type: 'text', value: wordsOption(filter.cause, 'cause', CAUSES) },
    mechanism: { type: 'text', value: wordsOption(filter.mechanism, 'mechanism', MECHANISMS) },
    target_group: { type: 'text', value: filter.targetGroup ?? null },
    lb: { type: 'text', value: filter.lb ?? null },
    all: { type: 'boolean', value: filter.all },
    limit: { type: 'integer', value: limit ?? null },
  };
}
