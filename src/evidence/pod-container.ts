/** Reads the containers of a Pod object: ports, ends, restarts, preStop. */
import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from '../time/time.ts';
import { parsePort } from './address.ts';
import { asArray, asInteger, asObject, asObjects, asText } from './json-value.ts';
import { type Interval, later, parseTime } from './moment.ts';

/** A container that ended: as its present state, or as the state before its last restart. */
export interface Termination {
  container: string;
  moment: Interval;
  exit_code: number | null;
  reason: string | null;
  present: boolean;
  /** Ports that the container declares, and those that the pod's other containers declare; null without the spec. */
  container_ports: string | null;
  other_ports: string | null;
  /** How often the container had been started again once this end was followed by a start. */
  restart_count: number | null;
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

/** Returns the ports that the containers declare, a comma list, which may be empty. */
function listPorts(containers: Record<string, unknown>[]): string {
  const ports = containers.flatMap((container) =>
    asObjects(container.ports).flatMap((port) => parsePort(port.containerPort) ?? []),
  );
  return [...new Set(ports)].sort((a, b) => a - b).join(',');
}

/** Returns how often the containers were started again, in all; null where the status shows no container. */
export function countRestarts(status: Record<string, unknown>): number | null {
  const counts = [...asObjects(status.containerStatuses), ...asObjects(status.initContainerStatuses)].flatMap(
    (container) => asInteger(container.restartCount) ?? [],
  );
  return counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
}

/** Returns the first start of a regular container, while the status still shows it: no container was started again. */
export function readFirstStart(status: Record<string, unknown>): Interval | null {
  const starts = asObjects(status.containerStatuses).flatMap((container) => {
    const state = asObject(container.state);
    const started = stamp((asObject(state?.running) ?? asObject(state?.terminated))?.startedAt);
    return container.restartCount === 0 && started ? [started] : [];
  });
  return starts.length === 0 ? null : starts.reduce((first, one) => (one.earliest < first.earliest ? one : first));
}

/** Returns every end of a serving container that the status still holds. */
export function readTerminations(status: Record<string, unknown>, serving: Record<string, unknown>[]): Termination[] {
  const names = new Set(serving.map((container) => asText(container.name)));
  const hasSpec = serving.length > 0;
  const sidecars = asObjects(status.initContainerStatuses).filter((container) => names.has(asText(container.name)));
  return [...asObjects(status.containerStatuses), ...sidecars].flatMap((container) =>
    [true, false].flatMap((present): Termination[] => {
      const terminated = asObject(asObject(present ? container.state : container.lastState)?.terminated);
      const moment = stamp(terminated?.finishedAt);
      // A null finishedAt (ContainerStatusUnknown) says nothing of when.
      if (!terminated || !moment) return [];
      const signal = asInteger(terminated.signal);
      const name = asText(container.name) ?? '';
      const count = asInteger(container.restartCount);
      return [
        {
          container: name,
          container_ports: hasSpec ? listPorts(serving.filter((one) => asText(one.name) === name)) : null,
          other_ports: hasSpec ? listPorts(serving.filter((one) => asText(one.name) !== name)) : null,
          restart_count: count === null ? null : count + (present ? 1 : 0),
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
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  '': 1,
  s: 1,
  m: MINUTE_SECONDS,
  h: HOUR_SECONDS,
  d: DAY_SECONDS,
};

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
