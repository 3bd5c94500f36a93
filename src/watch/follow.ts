/** Follows one resource: lists it, watches from there, and lists again when the watch lost its position. */
import { count } from '../number/count.ts';
import { backoffMs, type Patience } from '../source/retry.ts';
import { SourceError } from '../source/source.ts';
import { MINUTE_SECONDS, SECOND } from '../time/time.ts';
import { type Api, ApiError, type KubernetesList, type WatchEvent } from './api.ts';
import type { Resource } from './trim.ts';

export interface FollowTarget {
  resource: Resource;
  /** null means all namespaces. */
  namespace: string | null;
  selector: string | null;
}

/** Takes lists, events and notes. */
export interface FollowSink {
  listed(list: KubernetesList): Promise<void>;
  happened(event: WatchEvent, capturedAt: number): Promise<void>;
}

export interface FollowOptions {
  patience: Pick<Patience, 'sleep' | 'random' | 'tries'>;
  /** Microseconds. */
  now(): number;
  note(text: string): void;
  signal: AbortSignal;
}

/** The server ends a watch after this long, plus a random time so that not all watches end at once. */
const WATCH_SECONDS = 240;
/** A watch that ends sooner and without events is no real watch: wait before the next one. */
const TOO_SOON = SECOND;
const LAST_LIST_MS = 3000;

/** Returns the path of the resource in one namespace or in all. */
export function pathOf({ resource, namespace }: FollowTarget): string {
  const within = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${resource.root}${within}/${resource.name}`;
}

/**
 * Follows a resource until the signal is aborted, then lists it once more to show which objects lived to the end. Throws
 * SourceError if the first list fails. Later failures are noted and retried for ever.
 */
export async function follow(api: Api, target: FollowTarget, sink: FollowSink, options: FollowOptions): Promise<void> {
  const { patience, now, note, signal } = options;
  const path = pathOf(target);
  let version: string | null = null;
  let began = false;
  let failed = 0;
  while (!signal.aborted) {
    try {
      if (version === null) {
        const list = await api.list(path, target.selector, signal);
        await sink.listed(list);
        version = list.resourceVersion;
        if (failed > 0) note(`${target.resource.name}: listed again after ${count(failed, 'failure')}.`);
        began = true;
        failed = 0;
      }
      const since = now();
      let heard = 0;
      const seconds = WATCH_SECONDS + Math.floor(patience.random() * MINUTE_SECONDS);
      for await (const event of api.watch(path, target.selector, version, seconds, signal)) {
        heard++;
        failed = 0;
        await sink.happened(await known(api, target, event, signal), now());
        if (event.type === 'ERROR') {
          const code = Number(event.object.code);
          version = null;
          if (code !== 410) throw new ApiError(code, String(event.object.message ?? 'an error in the watch'), null);
          break;
        }
        version = event.object.metadata?.resourceVersion ?? version;
      }
      if (heard === 0 && now() - since < TOO_SOON) throw new Error('the watch ended at once');
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof SourceError) throw error;
      if (error instanceof ApiError && error.status === 410) {
        version = null;
        if (++failed < 3) continue;
      } else failed++;
      const sentence = `${target.resource.name}: ${explain(error, target)}`;
      if (!began && (failed >= patience.tries || isFinal(error)))
        throw new SourceError(sentence, path, true, { cause: error });
      if (failed === 1) note(`${sentence}; trying again.`);
      const asked = error instanceof ApiError ? error.retryAfterMs : null;
      await patience.sleep(asked ?? backoffMs(failed, patience.random), signal).catch(() => {});
    }
  }
  if (began) await listOnce(api, target, sink);
}

/** Lists the objects that live at the end. A server that does not answer in time is skipped. */
async function listOnce(api: Api, target: FollowTarget, sink: FollowSink): Promise<void> {
  let list: KubernetesList;
  try {
    list = await api.list(pathOf(target), target.selector, AbortSignal.timeout(LAST_LIST_MS));
  } catch {
    return;
  }
  await sink.listed(list);
}

/**
 * With a selector, the API reports an object whose labels no longer match as deleted, although it lives. So an object that was
 * not being deleted is requested again; if it still exists, the event becomes a change.
 */
async function known(api: Api, target: FollowTarget, event: WatchEvent, signal: AbortSignal): Promise<WatchEvent> {
  const { metadata } = event.object;
  if (target.selector === null || event.type !== 'DELETED' || metadata?.deletionTimestamp) return event;
  const path = pathOf({ ...target, namespace: String(metadata?.namespace) });
  try {
    const object = await api.get(`${path}/${encodeURIComponent(String(metadata?.name))}`, {}, signal);
    if (object.metadata?.uid === metadata?.uid) return { type: 'MODIFIED', object };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  return event;
}

/** Whether waiting cannot help. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && [400, 401, 403, 404].includes(error.status);
}

function explain(error: unknown, target: FollowTarget): string {
  if (!(error instanceof ApiError)) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `the API server cannot be reached (${code ?? message})`;
  }
  if (error.status === 401) return `the API server does not know the credentials (401 ${error.message})`;
  if (error.status === 403) {
    const where =
      target.namespace === null ? 'in all namespaces (or give --namespace)' : `in namespace ${target.namespace}`;
    return `not allowed (${error.message}); allow list and watch of ${target.resource.name} ${where}`;
  }
  return `the API server answers ${error.status} ${error.message}`;
}
