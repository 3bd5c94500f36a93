/** Gives lanes the requests per second of their targets. Only the drawn lanes need them: a long incident has hundreds of thousands. */
import { groupName, targetName } from './failure.ts';
import type { Episode, Lane } from './incident.ts';
import { number, type Row, text, time } from './query-row.ts';

/** Returns a function that takes rows of target-requests-per-second and gives them to these lanes, each within its episode. */
export function rateTaker(episodes: readonly Episode[], wanted: ReadonlySet<Lane>): (row: Row) => void {
  const takers = new Map<string, { from: number; to: number; rate: Lane['rate'] }[]>();
  for (const { from, to, lanes } of episodes) {
    for (const lane of lanes) {
      if (!wanted.has(lane)) continue;
      const key = keyOf(lane.target_group, lane.target);
      takers.set(key, [...(takers.get(key) ?? []), { from, to, rate: lane.rate }]);
    }
  }
  return (row) => {
    const second = time(row.second) ?? 0;
    for (const { from, to, rate } of takers.get(keyOf(groupName(text(row.target_group_arn)), targetName(row))) ?? []) {
      if (second >= from && second <= to) rate.push({ second, requests: number(row.requests) ?? 0 });
    }
  };
}

const keyOf = (group: string, target: string | null): string => `${group}\0${target}`;
