/** Which lakes are among what is listed, and what of each is to be loaded: pure, so that it can be checked without loading. */
import { pathOfUri } from '../../source/file-url.ts';
import { type Selection, skipReason } from '../../source/key.ts';
import type { SourceObject } from '../../source/source.ts';
import { type LakeFile, MANIFEST, tableOf } from '../../store/lake-manifest.ts';
import type { LakeEntry, Taken } from '../../store/lake-read.ts';
import type { Known } from '../../store/ledger.ts';
import { ALB_LOG, LOG_OBJECT, TABLES } from '../../store/table.ts';
import { formatDay } from '../../time/time.ts';

/** An object of the listing, and which of the run's sources lists it. */
export interface ListedObject {
  source: number;
  object: SourceObject;
}

export interface Lake {
  /** Uri of its folder, ending in `/`. */
  folder: string;
  manifest: ListedObject;
  /** Its Parquet files, by path below the folder. */
  files: Map<string, ListedObject>;
}

const folderOf = (uri: string): string => uri.slice(0, uri.lastIndexOf('/') + 1);

/** Returns the lakes of a listing, and what is of none of them. Of a lake in another one the inner is meant. */
export function splitLakes(listed: readonly ListedObject[]): { lakes: Lake[]; rest: ListedObject[] } {
  const lakes = new Map<string, Lake>();
  for (const found of listed) {
    if (found.object.name !== MANIFEST) continue;
    const folder = folderOf(found.object.uri);
    if (!lakes.has(folder)) lakes.set(folder, { folder, manifest: found, files: new Map() });
  }
  if (lakes.size === 0) return { lakes: [], rest: [...listed] };
  const rest = listed.filter((found) => {
    const { uri, name } = found.object;
    if (name === MANIFEST) return false;
    if (!name.endsWith('.parquet')) return true;
    for (let folder = folderOf(uri); folder !== ''; folder = folderOf(folder.slice(0, -1))) {
      const lake = lakes.get(folder);
      if (!lake) continue;
      const path = uri.slice(folder.length);
      // A file's uri is percent-encoded, a key is as it is.
      lake.files.set(uri.startsWith('file:') ? decoded(path) : path, found);
      return false;
    }
    return true;
  });
  return { lakes: [...lakes.values()], rest };
}

/** A name that is no UTF-8 is no file of a lake. */
const decoded = (path: string): string => String(pathOfUri(`file:///${path}`)).slice(1);

export interface LakePlan {
  take: Taken[];
  known: number;
  /** Of these, objects that this database has as skipped ones. */
  knownSkipped: number;
  skipped: string[];
}

/**
 * Returns which objects of a lake are taken. One is known when this database has its uri with the same content and kept all
 * of it, or as much as the lake did; where both have it otherwise, the later state counts, but all of an object before a part.
 */
export function planLake(
  entries: readonly LakeEntry[],
  known: ReadonlyMap<string, Known>,
  selection: Selection,
): LakePlan {
  const plan: LakePlan = { take: [], known: 0, knownSkipped: 0, skipped: [] };
  const taken = new Set<string>();
  for (const entry of entries) {
    const reason = skipReason(entry.uri, selection);
    const own = known.get(entry.uri);
    if (reason !== null && reason !== 'not an ALB log') plan.skipped.push(reason);
    else if (own && !isBetter(entry, own)) {
      plan.known++;
      if (own.status === 'skipped') plan.knownSkipped++;
    }
    // A ledger of a version without keys may name an object twice: the first counts.
    else if (taken.has(entry.uri)) plan.known++;
    else plan.take.push({ object_id: entry.object_id, replaces: own?.object_id ?? null });
    if (plan.take.at(-1)?.object_id === entry.object_id) taken.add(entry.uri);
  }
  return plan;
}

function isBetter(entry: LakeEntry, own: Known): boolean {
  if (entry.etag === own.etag) {
    if (own.keep === 'all' || own.keep === entry.keep) return false;
    if (entry.keep === 'all') return true;
  }
  return entry.loaded_at > own.loaded_at;
}

/** Files of all tables but the ledger; of access logs only those of days that these objects have rows of. */
export function neededFiles(files: readonly LakeFile[], entries: readonly LakeEntry[]): LakeFile[] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { kind, first_time, last_time } of entries) {
    if (kind !== 'alb_access_log') continue;
    first = Math.min(first, first_time ?? first);
    last = Math.max(last, last_time ?? last);
  }
  const day = (micros: number) => (Number.isFinite(micros) ? formatDay(micros) : '');
  return files.filter((file) => {
    const table = tableOf(file);
    if (table === LOG_OBJECT.name || !TABLES.some(({ name }) => name === table)) return false;
    const of = table === ALB_LOG.name ? /\/day=(\d{4}-\d\d-\d\d)\//.exec(file.path)?.[1] : undefined;
    return of === undefined || (of >= day(first) && of <= day(last));
  });
}
