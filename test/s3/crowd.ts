/** Keys of a bucket that 50 load balancers have written to for years. */
import { logKey } from './ask.ts';

const DAYS = ['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25'];
const BALANCERS = 50;

/** Returns the id of load balancer `lb-<number>`. */
export const idOf = (number: number): string => (number * 7919).toString(16).padStart(16, '0');

/** Returns four whole days of keys, one for each kind of log and five minutes, and single keys of the years before. */
export function crowdedKeys(kinds: readonly string[]): string[] {
  const keys: string[] = [];
  for (const day of DAYS) {
    for (let balancer = 0; balancer < BALANCERS; balancer++) {
      const lb = `app.lb-${balancer}.${idOf(balancer)}`;
      for (let minute = 0; minute < 1440; minute += 5) {
        const end = new Date(Date.parse(day) + minute * 60_000).toISOString().slice(0, 16);
        kinds.forEach((kind, node) => {
          keys.push(logKey('prod/', end, { lb, kind, ip: `10.0.0.${node}` }));
        });
      }
    }
  }
  for (const year of ['2024', '2025']) keys.push(logKey('prod/', `${year}-06-01T10:05`, { lb: 'app.lb-7.1' }));
  return keys;
}
