/**
 * The key plan: the prefixes of a bucket that must be listed for a request. A pure value, so tests need no bucket. The known
 * tree is `[<anything>/]AWSLogs/<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/<object>`, with the day of delivery.
 * CloudTrail's tree has `CloudTrail` in place of `elasticloadbalancing`.
 */
import { DAY, dayNumber, formatDay, fromMillis } from '../time/time.ts';
import { inTree, type Selection } from './key.ts';

/** A bucket, and the beginning of the keys: empty, one whole key, or a prefix that ends in `/`. */
export interface S3Location {
  bucket: string;
  prefix: string;
}

/** One listing to make. */
export type Step =
  /** List the folders under `prefix` and plan for each of them. */
  | { kind: 'discover'; prefix: string }
  /** List every key under `prefix`, after `after` and before `until` where they are set (both exclusive). */
  | { kind: 'list'; prefix: string; after: string | null; until: string | null }
  /** List every key under `prefix`. When a key shows an AWSLogs tree, plan for that tree and continue after it. */
  | { kind: 'search'; prefix: string };

/** For more days, one listing from the first day to the last needs fewer calls than one listing for each day. */
const MAX_DAY_FOLDERS = 62;
/** A region's folder in the tree, or that of a year, month or day below it. */
const BELOW_REGION = /^\d{12}\/elasticloadbalancing\/[^/]+\/(?:(\d{4})\/(?:(\d\d)\/(?:(\d\d)\/)?)?)?$/;
/** The last day whose folder sorts as its time: later years have more digits. */
const LAST_DAY = dayNumber(fromMillis(Date.UTC(9999, 11, 31)));
/** Sorts after everything that AWS writes below a folder. */
const LAST = '~';

/** Returns the bucket and prefix of `s3://bucket[/prefix]`, or null for any other text. */
export function parseS3Url(url: string): S3Location | null {
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]{0,62})(?:\/(.*))?$/is.exec(url);
  return match ? { bucket: match[1]!, prefix: match[2] ?? '' } : null;
}

/**
 * Returns the listings that find everything requested under `prefix` (empty, or ending in `/`), in key order and without
 * overlap. Returns an empty list when nothing under the prefix can be requested.
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
  // CloudWatch's hive-style folder: when named, it is listed whole.
  const hive = /^aws-account-id=(\d{12})$/.exec(account);
  if (hive) {
    if (accounts.length > 0 && !accounts.includes(hive[1]!)) return [];
    return [{ kind: 'list', prefix, after: null, until: null }];
  }
  if (!/^\d{12}$/.test(account) || (accounts.length > 0 && !accounts.includes(account))) return [];
  if (service === undefined) return planSteps(`${prefix}elasticloadbalancing/`, selection);
  // A trail lies beside the logs and has day folders too. It is listed only when the user names its folder.
  if (service !== 'elasticloadbalancing' && service !== 'CloudTrail') return [];
  if (region === undefined) {
    if (regions.length === 0) return [{ kind: 'discover', prefix }];
    return sorted(regions).flatMap((one) => planSteps(`${prefix}${one}/`, selection));
  }
  if (regions.length > 0 && !regions.includes(region)) return [];
  const regionPrefix = prefix.slice(0, prefix.length - date.map((part) => `${part}/`).join('').length);
  return planDays(prefix, regionPrefix, selection);
}

/** Returns the part of a key up to and including `AWSLogs/`, or null without such a folder. */
export function treeOf(key: string): string | null {
  const match = /^(?:.*?\/)??AWSLogs\//s.exec(key);
  return match ? match[0] : null;
}

/** Returns a key that sorts after everything that AWS writes under `folder`. */
export function behind(folder: string): string {
  return `${folder}${LAST}`;
}

/**
 * Returns the delimiter that groups the names of a day folder by load balancer, kind of log and end time on that day: `_20261124T`.
 * Names without it (late deliveries, evidence, CloudWatch's files) stay single. Returns null for any other folder.
 */
export function dayDelimiter(folder: string): string | null {
  const match = BELOW_REGION.exec(folder.slice(treeOf(folder)?.length ?? folder.length));
  return match?.[3] === undefined ? null : `_${match[1]}${match[2]}${match[3]}T`;
}

/** Returns whether a folder has day folders below: that of a region, a year or a month. */
export function holdsDays(folder: string): boolean {
  const match = BELOW_REGION.exec(folder.slice(treeOf(folder)?.length ?? folder.length));
  return match !== null && match[3] === undefined;
}

/** Every key of a tree has this text where its year begins, so it ends the region's folder, whatever the account. */
export const YEAR = '/20';

/**
 * Returns the steps for a whole tree, from all its names as they are when grouped by YEAR. Returns null if these do not show
 * which regions there are.
 */
export function stepsOfTree(tree: string, names: readonly string[], selection: Selection): Step[] | null {
  const folders = new Set<string>();
  for (const name of names) {
    const [account, service, region, ...more] = name.slice(tree.length).split('/') as [string, ...string[]];
    if (account.includes('=')) folders.add(`${tree}${account}/`);
    else if (service !== 'elasticloadbalancing') continue;
    else if (more.length > 0) folders.add(`${tree}${account}/${service}/${region}/`);
    else if (name.endsWith(YEAR)) return null;
  }
  return [...folders].sort().flatMap((folder) => planSteps(folder, selection));
}

function sorted(names: readonly string[]): string[] {
  // Sort names as folders: "a-b/" sorts before "a/".
  return [...new Set(names)].sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1));
}

function planDays(prefix: string, regionPrefix: string, { window, lookBackDays }: Selection): Step[] {
  const everything: Step = { kind: 'list', prefix, after: null, until: null };
  if (window === null || (window.from === null && window.to === null)) return [everything];
  const first = window.from === null ? null : dayNumber(window.from);
  // A row of the last moment is delivered minutes later, maybe on the next day.
  const last = window.to === null ? null : Math.min(dayNumber(window.to - 1) + 1 + lookBackDays, LAST_DAY);
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
  // Both bounds are keys of the region. Below a deeper prefix they may exclude or include everything.
  if ((until !== null && prefix >= until) || (after !== null && behind(prefix) <= after)) return [];
  return [{ ...everything, after: after !== null && after > prefix ? after : null, until }];
}

function dayFolder(regionPrefix: string, day: number): string {
  return `${regionPrefix}${formatDay(day * DAY).replaceAll('-', '/')}/`;
}
