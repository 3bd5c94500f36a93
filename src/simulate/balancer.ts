/** Simulates a load balancer node: the targets that it knows, their health as it sees it, and its choice of a target. */
import type { Health } from './health.ts';
import type { Registration, World } from './world.ts';

interface Change {
  time: number;
  registration: Registration;
  what: 'known' | 'dropped' | 'healthy' | 'unhealthy';
}

/** Time may only move forward. */
export class AlbNode {
  readonly #changes: Change[];
  #next = 0;
  readonly #known = new Set<Registration>();
  readonly #healthy = new Set<Registration>();
  #choosable: Registration[] = [];
  #group = 0;
  #turn = 0;

  constructor(world: World, health: Health, node: number) {
    this.#changes = world.registrations
      .flatMap((registration): Change[] => {
        const dropped = registration.dropped[node] ?? Number.POSITIVE_INFINITY;
        const known = registration.known[node]!;
        // The node learned of the end before the beginning.
        if (dropped <= known) return [];
        const states = health.changes.get(registration)![node]!;
        return [
          { time: known, registration, what: 'known' },
          ...states.map(({ time, healthy }): Change => {
            return { time, registration, what: healthy ? 'healthy' : 'unhealthy' };
          }),
          { time: dropped, registration, what: 'dropped' },
        ];
      })
      .sort((a, b) => a.time - b.time);
  }

  /** Returns the target for a request, null if the target group has no registered target. */
  choose(time: number, group: number): Registration | null {
    let isChanged = group !== this.#group;
    this.#group = group;
    for (; this.#next < this.#changes.length && this.#changes[this.#next]!.time <= time; this.#next++) {
      this.#apply(this.#changes[this.#next]!);
      isChanged = true;
    }
    if (isChanged) {
      const known = [...this.#known].filter((registration) => registration.group === group);
      const healthy = known.filter((registration) => this.#healthy.has(registration));
      // Without a healthy target it fails open, to all targets.
      this.#choosable = healthy.length > 0 ? healthy : known;
    }
    return this.#choosable[this.#turn++ % this.#choosable.length] ?? null;
  }

  #apply({ registration, what }: Change): void {
    if (what === 'known') this.#known.add(registration);
    if (what === 'dropped') this.#known.delete(registration);
    if (what === 'healthy') this.#healthy.add(registration);
    if (what === 'unhealthy') this.#healthy.delete(registration);
  }
}
