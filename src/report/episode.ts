/** Puts episodes of all target groups that overlap in time together: they are one incident for those who were on call. */
import type { Episode } from './incident.ts';

/** Returns the episodes of each span of time, in the order of time. */
export function spansOf(episodes: readonly Episode[]): Episode[][] {
  const spans: Episode[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const episode of [...episodes].sort((a, b) => a.from - b.from)) {
    if (episode.from > end) spans.push([]);
    spans.at(-1)!.push(episode);
    end = Math.max(end, episode.to);
  }
  return spans;
}
