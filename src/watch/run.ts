/** Runs all watches at once and with one clock, until the signal is aborted. */
import { makeFolder } from '../source/folder.ts';
import type { Patience } from '../source/retry.ts';
import type { Access } from '../source/s3-client.ts';
import { SourceError } from '../source/source.ts';
import { formatTime, toMillis } from '../time/time.ts';
import { Api } from './api.ts';
import { type Balancer, BalancerError, parseTargetGroupArn } from './balancer.ts';
import type { Cluster } from './cluster.ts';
import { Ecs, EcsError, type EcsPlace } from './ecs.ts';
import { EcsPoller } from './ecs-poll.ts';
import { type FollowTarget, follow } from './follow.ts';
import { Journal, RecordError, type Rotation } from './journal.ts';
import { Poller } from './poll.ts';
import { RateLimit } from './rate-limit.ts';
import { restoreState, settle } from './resume.ts';
import { StateCache } from './state-cache.ts';
import { NODES, PODS, RESOURCES } from './trim.ts';
import type { Uploader } from './upload.ts';

export interface WatchRequest {
  /** null: no Kubernetes watch. */
  cluster: Cluster | null;
  /** Empty means all namespaces. */
  namespaces: readonly string[];
  /** Whether nodes are watched too, of the whole cluster. */
  nodes: boolean;
  /** Label selector of pods. */
  selector: string | null;
  /** null: no target group watch. */
  balancer: Balancer | null;
  /** ARNs, names, or patterns of names with `*`. */
  targetGroups: readonly string[];
  /** Clusters and services of ECS, with the access to their API; null: no ECS. */
  ecs: { places: readonly EcsPlace[]; access: Access } | null;
  directory: string;
  rotation: Rotation;
  /** Takes closed files; null leaves them in the directory. */
  uploader: Uploader | null;
  patience: Pick<Patience, 'sleep' | 'random' | 'tries'>;
  now(): number;
  note(text: string): void;
  /** Takes the states of each target group after every answer. */
  asked?(arn: string, states: ReadonlyMap<string, number>): void;
  /** Called when setup is done and watching begins, with what says how far it has come. */
  began?(outcome: () => WatchOutcome): void;
  signal: AbortSignal;
}

export interface WatchOutcome {
  lines: ReadonlyMap<string, number>;
  /** When the last line of each was written, microseconds. */
  lastLines: ReadonlyMap<string, number>;
  /** Number of times that an object of Kubernetes was listed or changed. */
  objects: number;
  /** Bytes of text. */
  bytes: number;
  files: number;
  /** Number of describe-target-health answers, of looks at ECS, and of throttled requests. */
  answers: number;
  looks: number;
  throttled: number;
}

/** Interval for finding new target groups (they come and go with Ingresses) and for closing files of other runs. */
const REVIEW_MS = 300_000;

/** Watches until the signal is aborted. Throws SourceError if something cannot be watched or written. */
export async function runWatch(request: WatchRequest): Promise<WatchOutcome> {
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const journals: Journal[] = [];
  const names: string[] = [];
  const lines = new Map<string, number>();
  await makeFolder(request.directory).catch((cause: NodeJS.ErrnoException) => {
    throw new RecordError(request.directory, String(cause.code), 'choose another --out', cause);
  });

  const open = async (name: string, cache: StateCache | null): Promise<Journal> => {
    const closed = (path: string) => request.uploader?.add(path);
    const journal = new Journal(request.directory, name, request.rotation, () => cache?.line() ?? null, closed);
    if (cache) await restoreState(request.directory, name, cache);
    journal.begin();
    journals.push(journal);
    names.push(name);
    return journal;
  };
  let objects = 0;
  const lastLines = new Map<string, number>();
  const count = (name: string, of = 0) => {
    lines.set(name, (lines.get(name) ?? 0) + 1);
    lastLines.set(name, request.now());
    objects += of;
  };

  const tasks: Promise<void>[] = [];
  const start = (task: Promise<void>): void => {
    // The first failure ends all other tasks.
    task.catch(() => failed.abort());
    tasks.push(task);
  };
  let poller: Poller | null = null;
  const rateLimit = new RateLimit();
  let tasksPoller: EcsPoller | null = null;
  const outcome = (): WatchOutcome => ({
    lines,
    lastLines,
    objects,
    bytes: journals.reduce((sum, { written }) => sum + written, 0),
    files: journals.reduce((sum, { files }) => sum + files, 0),
    answers: poller?.answers ?? 0,
    looks: tasksPoller?.answers ?? 0,
    throttled: (poller?.rateLimit.throttled ?? 0) + rateLimit.throttled,
  });
  try {
    poller = await openPoller(request, signal, open, count);
    tasksPoller = await openEcs(request, rateLimit, signal, open, count);
    request.began?.(outcome);
    if (request.cluster) {
      const api = new Api(request.cluster, request.now);
      for (const target of targetsOf(request)) start((await begin(api, target, request, signal, open, count))());
    }
    if (poller) start(poller.run());
    if (tasksPoller) start(tasksPoller.run());
    start(review(request, names, poller, signal));
    await Promise.all(tasks);
  } finally {
    failed.abort();
    await Promise.allSettled(tasks);
    await Promise.all(journals.map((journal) => journal.close()));
  }
  return outcome();
}

type Open = (name: string, cache: StateCache | null) => Promise<Journal>;

/** Returns the targets to follow: each resource in each namespace, and nodes. The selector applies only to pods. */
export function targetsOf({
  namespaces,
  selector,
  nodes,
}: Pick<WatchRequest, 'namespaces' | 'selector' | 'nodes'>): FollowTarget[] {
  const places = namespaces.length > 0 ? [...new Set(namespaces)] : [null];
  const own = places.flatMap((namespace) =>
    RESOURCES.map((resource) => ({ resource, namespace, selector: resource === PODS ? selector : null })),
  );
  return nodes ? [...own, { resource: NODES, namespace: null, selector: null }] : own;
}

async function begin(
  api: Api,
  target: FollowTarget,
  { patience, now, note }: WatchRequest,
  signal: AbortSignal,
  open: Open,
  count: (name: string, objects?: number) => void,
): Promise<() => Promise<void>> {
  const { resource, namespace, selector } = target;
  const where = namespace === null ? '-A' : `-n ${namespace}`;
  const cache = new StateCache(
    resource,
    [resource.name, where, selector === null ? '' : `-l ${selector}`].join(' ').trim(),
  );
  const journal = await open(`${resource.name}-${namespace ?? 'all'}`, cache);
  const sink = {
    listed: async (list: Parameters<StateCache['takeList']>[0]) => {
      await journal.write(cache.takeList(list));
      count(resource.name, list.items.length);
    },
    happened: async (event: Parameters<StateCache['takeEvent']>[0], capturedAt: number) => {
      const line = cache.takeEvent(event, capturedAt);
      if (line === null) return;
      await journal.write(line);
      if (event.type !== 'BOOKMARK') count(resource.name, 1);
    },
  };
  return () => follow(api, target, sink, { patience, now, note, signal });
}

async function openPoller(
  request: WatchRequest,
  signal: AbortSignal,
  open: Open,
  count: (name: string) => void,
): Promise<Poller | null> {
  const { balancer, patience, now, note, asked } = request;
  if (!balancer) return null;
  const journal = await open('targets', null);
  const settings = await open('target-groups', null);
  const write = async (line: string) => {
    await journal.write(line);
    count('targets');
  };
  const poller = new Poller(balancer, write, { patience, now, note, asked, signal });
  try {
    for (const arn of await findGroups(request)) {
      poller.add(arn);
      const when = formatTime(now());
      const Attributes = await balancer.attributes(arn, signal);
      await settings.write(`${JSON.stringify({ capturedAt: when, targetGroupArn: arn, Attributes })}\n`);
    }
  } catch (error) {
    // Aborted before the start.
    if (signal.aborted) return poller;
    if (!(error instanceof BalancerError)) throw error;
    throw new SourceError(error.message, request.targetGroups.join(' '), true, { cause: error });
  }
  return poller;
}

async function openEcs(
  { ecs, patience, now, note }: WatchRequest,
  rateLimit: RateLimit,
  signal: AbortSignal,
  open: Open,
  count: (name: string) => void,
): Promise<EcsPoller | null> {
  if (ecs === null) return null;
  const journals = { tasks: await open('tasks', null), services: await open('services', null) };
  let nextMs = 0;
  const turn = async (own: AbortSignal): Promise<void> => {
    const nowMs = toMillis(now());
    const mine = Math.max(nowMs, nextMs);
    nextMs = mine + rateLimit.gapMs;
    await patience.sleep(mine - nowMs, own);
  };
  const write = async (name: 'tasks' | 'services', line: string) => {
    await journals[name].write(line);
    count(name);
  };
  try {
    return new EcsPoller(new Ecs(ecs.access, turn), ecs.places, write, { patience, now, note, rateLimit, signal });
  } catch (error) {
    if (!(error instanceof EcsError)) throw error;
    throw new SourceError(error.message, 'ecs', true, { cause: error });
  }
}

/** Returns the ARNs that `--target-group` names. Throws SourceError for an unknown name. */
async function findGroups({ balancer, targetGroups, signal }: WatchRequest): Promise<string[]> {
  const arns = targetGroups.filter((word) => parseTargetGroupArn(word) !== null);
  const names = targetGroups.filter((word) => parseTargetGroupArn(word) === null);
  if (!balancer || names.length === 0) return arns;
  const known = await balancer.groups(signal);
  for (const name of names) {
    const pattern = new RegExp(
      `^${name
        .split('*')
        .map((part) => part.replace(/[^\w-]/g, '\\$&'))
        .join('.*')}$`,
    );
    const found = known.filter((group) => pattern.test(group.name));
    if (found.length === 0 && !name.includes('*')) {
      throw new SourceError(`There is no target group ${name} in this region; check --target-group`, name, true);
    }
    arns.push(...found.map(({ arn }) => arn));
  }
  return [...new Set(arns)];
}

async function review(
  request: WatchRequest,
  names: readonly string[],
  poller: Poller | null,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const name of names) {
      for (const path of await settle(request.directory, name, Date.now())) request.uploader?.add(path);
    }
    await request.patience.sleep(REVIEW_MS, signal).catch(() => {});
    if (signal.aborted || !poller) continue;
    try {
      for (const arn of await findGroups(request)) poller.add(arn);
    } catch (error) {
      // Other watches continue. The loss of a group was already noted.
      if (!(error instanceof BalancerError) && !(error instanceof SourceError)) throw error;
    }
  }
}
