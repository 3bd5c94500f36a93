/** Follows the rollouts that a gate judges: whether they are over, by the evidence that is loaded. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { count } from '../number/count.ts';
import { printable } from '../report/text.ts';
import { formatMillis, MINUTE, type Micros } from '../time/time.ts';
import { ask } from './ask.ts';

/** Most rollouts that a line names. */
const ROLLOUTS_TOLD = 3;

/** The end of a window that follows rollouts: null while one of them goes on. */
interface Followed {
  to: Micros | null;
  going: string;
  /** Whether the evidence shows a rollout at all. */
  isSeen: boolean;
  /** Why the evidence cannot say that there was no rollout, one sentence; empty if it can, or shows one. */
  unknown: string;
}

/** A watch shows each minute what lives, and clocks differ. */
const SHOWN = 2 * MINUTE;

/** Returns when the rollouts since `from` are over, as far as the evidence knows by now. Without any it is `otherwise`. */
export async function followRollouts(connection: DuckDBConnection, from: Micros, otherwise: Micros): Promise<Followed> {
  const since = { from: { type: 'timestamp', value: from } } as const;
  const rows = await ask(connection, 'gate-rollout', since);
  const going = rows
    .filter((row) => Number(row.going) > 0)
    .map((row) => `${count(Number(row.going), 'old target')} of ${printable(String(row.workload))}`);
  const seen = { going: going.slice(0, ROLLOUTS_TOLD).join(', '), isSeen: true, unknown: '' };
  if (going.length > 0) return { ...seen, to: null };
  if (rows.length > 0) return { ...seen, to: Math.max(...rows.map((row) => Number(row.over_at))) };
  const [shown] = await ask(connection, 'gate-shown', since);
  return { to: otherwise, going: '', isSeen: false, unknown: unknownText(shown!.shown_at, otherwise) };
}

/** Evidence that ends before the window does, or that knows nothing of the targets, cannot show that there was no rollout. */
function unknownText(shownAt: unknown, to: Micros): string {
  const how = 'name the evidence in --load, or give --to';
  if (shownAt === null) return `no evidence since --from of pods or tasks that requests were sent to: ${how}`;
  if (Number(shownAt) >= to - SHOWN) return '';
  return `the evidence of pods and tasks ends at ${formatMillis(Number(shownAt))}, before the end of the window: ${how}`;
}
