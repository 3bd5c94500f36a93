/** Follows the rollouts that a gate judges: whether they are over, by the evidence that is loaded. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { count } from '../number/count.ts';
import { printable } from '../report/text.ts';
import type { Micros } from '../time/time.ts';
import { ask } from './ask.ts';

/** Most rollouts that a line names. */
const ROLLOUTS_TOLD = 3;

/** The end of a window that follows rollouts: null while one of them goes on. */
interface Followed {
  to: Micros | null;
  going: string;
  /** Whether the evidence shows a rollout at all. */
  isSeen: boolean;
}

/** Returns when the rollouts since `from` are over, as far as the evidence knows by now. Without any it is `otherwise`. */
export async function followRollouts(connection: DuckDBConnection, from: Micros, otherwise: Micros): Promise<Followed> {
  const rows = await ask(connection, 'gate-rollout', { from: { type: 'timestamp', value: from } });
  const going = rows
    .filter((row) => Number(row.going) > 0)
    .map((row) => `${count(Number(row.going), 'old target')} of ${printable(String(row.workload))}`);
  if (going.length > 0) return { to: null, going: going.slice(0, ROLLOUTS_TOLD).join(', '), isSeen: true };
  const ends = rows.map((row) => Number(row.over_at));
  return { to: ends.length === 0 ? otherwise : Math.max(...ends), going: '', isSeen: ends.length > 0 };
}
