/** Tells how far the nodes of balancers have delivered their logs, by the names of the loaded objects. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { parseKey } from '../source/key.ts';
import { MINUTE, type Micros } from '../time/time.ts';
import { askInChunks } from './ask.ts';

/** A node without a request in the last three logs before the end of a window is not waited for. */
const RECENT = 15 * MINUTE;

interface Delivered {
  /** Latest time until which a node has delivered, null if no object's name says so. */
  end: Micros | null;
  /** Nodes with requests shortly before `to` that have not delivered up to it, as `10.0.0.1 of shop-public`. */
  late: string[];
}

/** Returns what the nodes have delivered of a window that ends at `to`. */
export async function deliveredNodes(connection: DuckDBConnection, to: Micros): Promise<Delivered> {
  const ends = new Map<string, Micros>();
  const rows = await askInChunks(connection, 'gate-node', { since: { type: 'timestamp', value: to - RECENT } });
  for await (const chunk of rows.chunks) {
    for (const [uri] of chunk) {
      const { nodeIp, loadBalancer, loadBalancerId, endTime } = parseKey(String(uri));
      if (nodeIp === null || endTime === null) continue;
      const node = `${nodeIp} of ${loadBalancer ?? loadBalancerId}`;
      ends.set(node, Math.max(endTime, ends.get(node) ?? endTime));
    }
  }
  const late = [...ends].filter(([, end]) => end < to).map(([node]) => node);
  return { end: ends.size === 0 ? null : Math.max(...ends.values()), late: late.sort() };
}
