/**
 * The key plan: which prefixes of a bucket must be listed for what is asked. A pure value, so that it can be checked
 * without a bucket. The tree it knows is
 * `[<anything>/]AWSLogs/<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/<object>`, with the day of delivery;
 * that of CloudTrail has `CloudTrail` in the place of `elasticloadbalancing`.
 */
import type { Micros } from '../evidence/fact.ts';
import { inTree, type Selection } from './key.ts';

/** A bucket, and what the keys in it begin with: empty, one whole key, or ending in `/`. */
export interface Place {
  bucket: string;
  prefix: string;
}

/** One listing to make. */
export type Step =
  /** List the folders under `prefix` and plan for each of them. */
  | { kind: 'discover'; prefix: string }
  /** List every key under `prefix`, after `after` and up to `until` where they are set (both exclusive). */
  | { kind: 'list'; prefix: string; after: string | null; until: string | null }
  /** List every key under `prefix`; where a key shows an AWSLogs tree, plan for that tree and go on behind it. */
  | { kind: 'search'; prefix: string };

const DAY: Micros = 86_400_000_000;
/** Beyond this many days one listing from the first day to the last costs fewer calls than one for each day. */
const MAX_DAY_FOLDERS = 62;
/** Sorts behind all that AWS writes below a folder. */
const LAST = '~';

/** Returns the bucket and prefix of `s3://bucket[/prefix]`, or null when it is none. */
export function parseS3Url(url: string): Place | null {
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]{0,62})(?:\/(.*))?$/is.exec(url);
  return match ? { bucket: match[1]!, prefix: match[2] ?? '' } : null;
}

/**
 * Returns the listings that find all that is asked for under `prefix`, which is empty or ends in `/`, in the order of the
 * keys and without overlap. None when nothing under it can be asked for.
 */
export function planSteps(prefix: string, selection: Selection): Step[] {
  if (!inTree(prefix)) return [{ kind: 'search', prefix }];
  const tree = treeOf(prefix)!;
  const [account, service, region, ...date] = prefix.slice(tree.length).split('/').slice(0, -1);
  const { accounts, regions } = selection;
  if (account === undefined) {
    if (accounts.length === 0) return [{ kind: 'discover', prefix }];
    return sorted(accounts).flatMap((one) => planSteps(`${prefix}${one}/`, selection));
  }
  // As CloudWatch delivers in hive style: named, it is listed whole.
  const hive = /^aws-account-id=(\d{12})$/.exec(account);
  if (hive) {
    if (accounts.length > 0 && !accounts.includes(hive[1]!)) return [];
    return [{ kind: 'list', prefix, after: null, until: null }];
  }
  if (!/^\d{12}$/.test(account) || (accounts.length > 0 && !accounts.includes(account))) return [];
  if (service === undefined) return planSteps(`${prefix}elasticloadbalancing/`, selection);
  // A trail lies beside the logs, day by day like them, and is only listed when it is asked for by its folder.
  if (service !== 'elasticloadbalancing' && service !== 'CloudTrail') return [];
  if (region === undefined) {
    if (regions.length === 0) return [{ kind: 'discover', prefix }];
    return sorted(regions).flatMap((one) => planSteps(`${prefix}${one}/`, selection));
  }
  if (regions.length > 0 && !regions.includes(region)) return [];
  const regionPrefix = prefix.slice(0, prefix.length - date.map((part) => `${part}/`).join('').length);
  return planDays(prefix, regionPrefix, selection);
}

/** Returns the part of a key up to and including `AWSLogs/`, or null when it lies in no such folder. */
export function treeOf(key: string): string | null {
  const match = /^(?:.*?\/)??AWSLogs\//s.exec(key);
  return match ? match[0] : null;
}

/** Returns the key behind which nothing that AWS writes under `folder` sorts. */
export function behind(folder: string): string {
  return `${folder}${LAST}`;
}

function sorted(names: readonly string[]): string[] {
  // By the folder they become: "a-b/" sorts before "a/".
  return [...new Set(names)].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1));
}

function planDays(prefix: string, regionPrefix: string, { window, lookBackDays }: Selection): Step[] {
  const everything: Step = { kind: 'list', prefix, after: null, until: null };
  if (window === null || (window.from === null && window.to === null)) return [everything];
  const first = window.from === null ? null : Math.floor(window.from / DAY);
  // A row of the last moment is delivered minutes later, which may be the day after.
  const last = window.to === null ? null : Math.floor((window.to - 1) / DAY) + 1 + lookBackDays;
  if (first !== null && last !== null && last - first < MAX_DAY_FOLDERS) {
    const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, day) =>
      dayFolder(regionPrefix, first + day),
    );
    return days.flatMap((day): Step[] => {
      if (day.startsWith(prefix)) return [{ ...everything, prefix: day }];
      return prefix.startsWith(day) ? [everything] : [];
    });
  }
  const after = first === null ? null : dayFolder(regionPrefix, first);
  const until = last === null ? null : behind(dayFolder(regionPrefix, last));
  // Both bounds are keys of the region; below a deeper prefix they may exclude or include all of it.
  if ((until !== null && prefix >= until) || (after !== null && behind(prefix) <= after)) return [];
  return [{ ...everything, after: after !== null && after > prefix ? after : null, until }];
}

function dayFolder(regionPrefix: string, day: number): string {
  const date = new Date((day * DAY) / 1000).toISOString();
  return `${regionPrefix}${date.slice(0, 10).replaceAll('-', '/')}/`;
}
