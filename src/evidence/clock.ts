/** Moves the times of facts whose clock is known to be off. */
import type { Micros } from '../time/time.ts';
import type { ClockOffset, Fact, PodEvent } from './fact.ts';

/** Events that a node dates. */
const OF_NODE: ReadonlySet<PodEvent> = new Set(['started', 'ready', 'unready', 'finished', 'restarted', 'stopping']);

/** Returns the fact with its times as the load balancer's clock would have shown them. */
export function corrected(fact: Fact, offset: ClockOffset): Fact {
  const ahead = fact.kind === 'pod' && OF_NODE.has(fact.event) ? offset.nodeClock : offset.clock;
  const moved = (time: Micros | null): Micros | null => (time === null ? null : time - ahead);
  return { ...fact, earliest: moved(fact.earliest), latest: moved(fact.latest) };
}

const SEPARATOR = ';clock=';

/** Returns the identity of an object's content as read with this offset: another offset is another content. */
export const etagWith = (etag: string, offset: ClockOffset | null): string =>
  offset === null || (offset.clock === 0 && offset.nodeClock === 0)
    ? etag
    : `${etag}${SEPARATOR}${offset.clock},${offset.nodeClock}`;

/** Returns the identity of the content alone. */
export const plainEtag = (etag: string): string => etag.split(SEPARATOR)[0]!;
