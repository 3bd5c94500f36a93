/** What a Pod object says of its containers. */

import { asArray, asInteger, asObject, asObjects, asText } from './json-value.ts';
import { type Interval, later, parseTime } from './moment.ts';

/** A container that ended: as its present state, or as the state before its last restart. */
export interface Termination {
  container: string;
  moment: Interval;
  exit_code: number | null;
  reason: string | null;
  present: boolean;
}

/** Containers that run as long as the pod does: the regular ones, and the init containers that are sidecars. */
export function servingContainers(spec: Record<string, unknown>): Record<string, unknown>[] {
  const sidecars = asObjects(spec.initContainers).filter((container) => container.restartPolicy === 'Always');
  return [...asObjects(spec.containers), ...sidecars];
}

/** Returns the images of the containers, sorted, each once, as a comma list. */
export function listImages(containers: Record<string, unknown>[]): string | null {
  const images = new Set(containers.flatMap((container) => asText(container.image) ?? []));
  return images.size === 0 ? null : [...images].sort().join(',');
}

/** Returns every end of a serving container that the status still holds. */
export function readTerminations(status: Record<string, unknown>, serving: Record<string, unknown>[]): Termination[] {
  const names = new Set(serving.map((container) => asText(container.name)));
  const sidecars = asObjects(status.initContainerStatuses).filter((container) => names.has(asText(container.name)));
  return [...asObjects(status.containerStatuses), ...sidecars].flatMap((container) =>
    [true, false].flatMap((present): Termination[] => {
      const terminated = asObject(asObject(present ? container.state : container.lastState)?.terminated);
      const moment = stamp(terminated?.finishedAt);
      // A null finishedAt (ContainerStatusUnknown) says nothing of when.
      if (!terminated || !moment) return [];
      const signal = asInteger(terminated.signal);
      return [
        {
          container: asText(container.name) ?? '',
          moment,
          // Most runtimes put the signal into the exit code; some set it aside and leave the code 0.
          exit_code:
            signal !== null && signal > 0 && signal < 128 && !terminated.exitCode
              ? 128 + signal
              : asInteger(terminated.exitCode),
          reason: asText(terminated.reason),
          present,
        },
      ];
    }),
  );
}

/** Returns when each container that the status shows was started, as it is now and before its last restart. */
export function readStarts(status: Record<string, unknown>): Interval[] {
  return asObjects(status.containerStatuses).flatMap((container) =>
    [container.state, container.lastState].flatMap((state) =>
      [asObject(state)?.running, asObject(state)?.terminated].flatMap((one) => stamp(asObject(one)?.startedAt) ?? []),
    ),
  );
}

function stamp(value: unknown): Interval | null {
  return typeof value === 'string' ? parseTime(value, 0) : null;
}

const SLEEP = /(?:^|[\s;&|(/])sleep\s+(\d{1,6}(?:\.\d{1,6})?)([smhd]?)(?![\w.])/g;
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Returns the seconds of the longest preStop sleep: `sleep: {seconds}`, or `sleep N` in an exec command. */
export function longestPreStop(containers: Record<string, unknown>[]): number | null {
  const seconds = containers.flatMap((container) => {
    const preStop = asObject(asObject(container.lifecycle)?.preStop);
    const native = asInteger(asObject(preStop?.sleep)?.seconds);
    const words = asArray(asObject(preStop?.exec)?.command).filter((word) => typeof word === 'string');
    const slept = [...words.join(' ').matchAll(SLEEP)].map(
      ([, count, unit]) => Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 1),
    );
    return native === null ? slept : [native, ...slept];
  });
  // Parts of a second count as a whole one.
  return asInteger(seconds.reduce<number | null>((longest, one) => later(longest, Math.ceil(one)), null));
}
