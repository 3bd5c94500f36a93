/**
 * Polls tasks and services of ECS. A task is described when it is new, while it changes, and when it leaves the list of those
 * that are meant to run; all of them once a minute. Services are described for their messages.
 */
import { count } from '../number/count.ts';
import { backoffMs, type Patience } from '../source/retry.ts';
import { SourceError } from '../source/source.ts';
import { formatTime, MINUTE_MS, SECOND_MS, toMillis } from '../time/time.ts';
import { type Ecs, EcsError, type EcsObject, type EcsPlace } from './ecs.ts';
import { trimEcs } from './ecs-trim.ts';
import type { RateLimit } from './rate-limit.ts';

export interface EcsPollOptions {
  patience: Pick<Patience, 'sleep' | 'random'>;
  /** Microseconds. */
  now(): number;
  note(text: string): void;
  rateLimit: RateLimit;
  signal: AbortSignal;
}

/** Where lines go, by the name of a journal. */
export type WriteEcs = (name: 'tasks' | 'services', line: string) => Promise<void>;

/** Between two looks at a place; a target is deregistered some ten seconds after its task began to stop. */
const STEADY_MS = 5000;
const MOVING_MS = 2000;
/** All running tasks are described, and every service is written, at least this often. */
const HEARTBEAT_MS = MINUTE_MS;
/** Messages of a service this much older than the last written one are written again: a stop and its deregistration belong together. */
const TOGETHER_MS = 300_000;

interface Place extends EcsPlace {
  dueMs: number;
  failed: number;
  began: boolean;
  heartbeatMs: number;
  /** Trimmed JSON of each task that is listed, by ARN, with what is kept of it. */
  tasks: Map<string, { text: string; isSettled: boolean; isRunning: boolean }>;
  /** When the last list of running tasks was asked for. */
  listedAt: number | null;
  /** JSON of each service without its messages, and the time of its newest written message, by ARN. */
  services: Map<string, { text: string; newestMs: number }>;
  instances: Set<string>;
}

export class EcsPoller {
  /** Number of looks at a place that were answered. */
  answers = 0;
  readonly #ecs: Ecs;
  readonly #write: WriteEcs;
  readonly #options: EcsPollOptions;
  readonly #places: Place[];
  readonly #definitions = new Set<string>();

  constructor(ecs: Ecs, places: readonly EcsPlace[], write: WriteEcs, options: EcsPollOptions) {
    this.#ecs = ecs;
    this.#write = write;
    this.#options = options;
    this.#places = places.map((place) => ({
      ...place,
      dueMs: 0,
      failed: 0,
      began: false,
      heartbeatMs: 0,
      tasks: new Map(),
      listedAt: null,
      services: new Map(),
      instances: new Set(),
    }));
  }

  /** Polls until the signal is aborted. Throws SourceError if a retry cannot help. */
  async run(): Promise<void> {
    const { patience, signal } = this.#options;
    while (!signal.aborted) {
      const next = this.#places.reduce((first, place) => (place.dueMs < first.dueMs ? place : first));
      await patience.sleep(Math.max(0, next.dueMs - this.#nowMs()), signal).catch(() => {});
      if (!signal.aborted && this.#nowMs() >= next.dueMs) await this.#look(next);
    }
    // Those that were listed last as meant to run lived until then.
    for (const place of this.#places) {
      const alive = [...place.tasks.values()].filter(({ isRunning, isSettled }) => isRunning && isSettled);
      if (place.listedAt === null || alive.length === 0) continue;
      const texts = alive.map(({ text }) => text).join(',');
      await this.#write('tasks', `{"capturedAt":"${formatTime(place.listedAt)}","tasks":[${texts}],"failures":[]}\n`);
    }
  }

  #nowMs(): number {
    return toMillis(this.#options.now());
  }

  async #look(place: Place): Promise<void> {
    const { note, signal, rateLimit, patience } = this.#options;
    const name = place.service === null ? place.cluster : `${place.cluster}/${place.service}`;
    try {
      const isMoving = await this.#lookAtTasks(place);
      await this.#lookAtServices(place);
      this.answers++;
      rateLimit.ease();
      if (place.failed > 0) note(`${name}: answers again after ${count(place.failed, 'failure')}.`);
      place.failed = 0;
      place.began = true;
      place.dueMs = this.#nowMs() + (isMoving ? MOVING_MS : STEADY_MS);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EcsError)) throw error;
      place.failed++;
      if (place.failed === 1) note(`${error.message}.`);
      if (error.remedy === 'slow_down') rateLimit.slow();
      // Credentials that worked before will be renewed by their provider.
      if (error.remedy === 'stop' && !place.began) throw new SourceError(error.message, name, true, { cause: error });
      place.dueMs = this.#nowMs() + Math.max(backoffMs(place.failed, patience.random), STEADY_MS);
    }
  }

  /** Returns whether a task is on its way up or down. */
  async #lookAtTasks(place: Place): Promise<boolean> {
    const { now, signal } = this.#options;
    const { cluster } = place;
    const listedAt = now();
    const running = await this.#ecs.tasks(place, 'RUNNING', signal);
    const stopping = await this.#ecs.tasks(place, 'STOPPED', signal);
    const meant = new Set(running);
    const listed = new Set([...running, ...stopping]);
    const isDue = this.#nowMs() - place.heartbeatMs >= HEARTBEAT_MS;
    const asked = new Set<string>();
    for (const arn of listed) {
      const known = place.tasks.get(arn);
      const isRunning = meant.has(arn);
      if (known === undefined || !known.isSettled || known.isRunning !== isRunning || (isDue && isRunning))
        asked.add(arn);
    }
    // Listed before, and in no list any more.
    for (const arn of place.tasks.keys()) if (!listed.has(arn)) asked.add(arn);

    const askedAt = now();
    const { found, failures } = await this.#ecs.describeTasks(cluster, [...asked], signal);
    const changed: string[] = [];
    for (const task of found) {
      const arn = String(task.taskArn);
      const text = JSON.stringify(trimEcs('task', task));
      const isRunning = meant.has(arn);
      if (isDue || place.tasks.get(arn)?.text !== text) changed.push(text);
      place.tasks.set(arn, { text, isRunning, isSettled: task.lastStatus === task.desiredStatus });
    }
    for (const arn of place.tasks.keys()) if (!listed.has(arn)) place.tasks.delete(arn);
    place.listedAt = listedAt;
    if (changed.length > 0 || failures.length > 0) {
      await this.#write(
        'tasks',
        `{${this.#when(askedAt)},"tasks":[${changed}],"failures":${JSON.stringify(failures)}}\n`,
      );
    }
    await this.#lookUnder(place, found, isDue);
    if (isDue) place.heartbeatMs = this.#nowMs();
    return [...place.tasks.values()].some(({ isSettled }) => !isSettled);
  }

  /** Describes the instances and the definitions of tasks: instances again with each heartbeat, since they drain. */
  async #lookUnder(place: Place, tasks: readonly EcsObject[], isDue: boolean): Promise<void> {
    const { now, signal } = this.#options;
    const named = (key: string) => [
      ...new Set(tasks.flatMap((task) => (typeof task[key] === 'string' ? [task[key]] : []))),
    ];
    const fresh = named('containerInstanceArn').filter((arn) => !place.instances.has(arn));
    for (const arn of fresh) place.instances.add(arn);
    const instances = isDue ? [...place.instances] : fresh;
    if (instances.length > 0) {
      const askedAt = now();
      const { found } = await this.#ecs.describeInstances(place.cluster, instances, signal);
      const texts = found.map((one) => JSON.stringify(trimEcs('instance', one)));
      await this.#write('tasks', `{${this.#when(askedAt)},"containerInstances":[${texts}],"failures":[]}\n`);
    }
    for (const arn of named('taskDefinitionArn')) {
      if (this.#definitions.has(arn)) continue;
      const askedAt = now();
      const definition = await this.#ecs.definition(arn, signal);
      this.#definitions.add(arn);
      if (definition === null) continue;
      const text = JSON.stringify(trimEcs('definition', definition));
      await this.#write('services', `{${this.#when(askedAt)},"taskDefinition":${text}}\n`);
    }
  }

  async #lookAtServices(place: Place): Promise<void> {
    const { now, signal } = this.#options;
    const names = place.service === null ? await this.#ecs.services(place.cluster, signal) : [place.service];
    const askedAt = now();
    const { found, failures } = await this.#ecs.describeServices(place.cluster, names, signal);
    const missing = failures.find(({ reason }) => reason === 'MISSING');
    if (place.service !== null && found.length === 0 && missing) {
      throw new EcsError(`There is no service ${place.service} in cluster ${place.cluster}; check --ecs`, 'stop');
    }
    const changed: string[] = [];
    for (const service of found) {
      const { events, ...rest } = trimEcs('service', service);
      const text = JSON.stringify(rest);
      const arn = String(service.serviceArn);
      const known = place.services.get(arn);
      const said = (Array.isArray(events) ? events : []) as EcsObject[];
      const newestMs = said.reduce((newest, { createdAt }) => Math.max(newest, msOf(createdAt)), known?.newestMs ?? 0);
      if (known?.text === text && known.newestMs === newestMs) continue;
      const since = known === undefined ? 0 : known.newestMs - TOGETHER_MS;
      const told = said.filter(({ createdAt }) => msOf(createdAt) > since);
      changed.push(JSON.stringify({ ...rest, events: told }));
      place.services.set(arn, { text, newestMs });
    }
    if (changed.length > 0)
      await this.#write('services', `{${this.#when(askedAt)},"services":[${changed}],"failures":[]}\n`);
  }

  #when(askedAt: number): string {
    return `"capturedAt":"${formatTime(askedAt)}","answeredAt":"${formatTime(this.#options.now())}"`;
  }
}

/** The API prints seconds since 1970 with a fraction. */
const msOf = (time: unknown): number => (typeof time === 'number' ? time * SECOND_MS : Date.parse(String(time)) || 0);
