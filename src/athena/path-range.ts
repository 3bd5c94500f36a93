/**
 * Ranges of object paths that hold the logs of some load balancers: an object's name begins with its load balancer, then the end of its
 * five minutes. An engine that compares `"$path"` with ranges opens no other object, while it must open all to match a pattern. Pure.
 */
import type { Window } from '../engine/relation.ts';
import { fromMillis, MINUTE, type Micros } from '../time/time.ts';
import { AthenaError } from './error.ts';
import { dayFolder, daysOf, type Location, type Site, siteCondition, siteFolder, sitesOf } from './location.ts';

/** Paths from `first` on and before `end`. */
export interface PathRange {
  first: string;
  end: string;
}

/** A load balancer, by its name alone or with its id. */
interface NamedBalancer {
  name: string;
  id: string | null;
  /** As its ARN says; null without one. */
  site: Site | null;
}

/** Beginnings of object names, by the table of their rows. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  alb_log: '',
  connection_log: 'conn_log_',
  health_check: 'health_check_log_',
};

/** An object covers five minutes, and clocks of nodes differ by less than one. */
const COVERED: Micros = 5 * MINUTE;
const SLACK: Micros = MINUTE;
/** Sorts after the end of a name that goes on with a letter, a digit or `_`. */
const LAST = '~';
/** The character after the dot that ends a name: names of other load balancers go on otherwise. */
const AFTER_DOT = '/';

/** Parses the values of --lb. Throws AthenaError. */
export function balancersOf(texts: readonly string[]): NamedBalancer[] {
  return texts.map((text) => {
    const [, region, account] = /^arn:[^:/]*:elasticloadbalancing:([^:/]+):(\d{12}):loadbalancer\//.exec(text) ?? [];
    const short = text.replace(/^arn:[^/]*:loadbalancer\//, '').replace(/^app[/.]/, '');
    const [, name, id = null] = /^([A-Za-z0-9-]{1,32})(?:[/.]([A-Za-z0-9]{1,32}))?$/.exec(short) ?? [];
    if (name === undefined || /^[\da-f]{16}$/.test(name)) {
      const how =
        'names no load balancer whose objects Athena could find; give its name, or its ARN: then hours count too';
      throw new AthenaError(`--lb ${text} ${how}`, 'question');
    }
    return { name, id, site: region === undefined ? null : { account: account!, region } };
  });
}

/** Returns the ranges of a table's objects that may hold rows of the window. Throws AthenaError. */
export function pathRanges(
  table: string,
  loadBalancers: readonly string[],
  location: Location,
  window: { from: Micros; to: Micros },
): PathRange[] {
  const { first, last } = daysOf(window);
  const days = Array.from({ length: last - first + 1 }, (_, i) => dayFolder(first + i));
  const balancers = balancersOf(loadBalancers);
  const named = sitesOf(location).flatMap((site) =>
    balancers.filter((one) => one.site === null || isSame(one.site, site)).map((one) => ({ ...one, site })),
  );
  return days.flatMap((day) =>
    named.map(({ name, id, site }) => {
      const { account, region } = site;
      const beginning = `${siteFolder(location, site)}${day}/${BEGINNINGS[table]}${account}_elasticloadbalancing_${region}_app.${name}`;
      // Without the id the hours stand behind a part that is not known.
      if (id === null) return { first: `${beginning}.`, end: `${beginning}${AFTER_DOT}` };
      const from = endText(window.from - SLACK);
      return {
        first: `${beginning}.${id}_${from}`,
        end: `${beginning}.${id}_${endText(window.to + COVERED + SLACK)}${LAST}`,
      };
    }),
  );
}

const isSame = (a: Site, b: Site): boolean => a.account === b.account && a.region === b.region;

/**
 * Returns the location of these load balancers. An ARN says where its logs lie: of a table that places share only those are read. Throws
 * AthenaError for an ARN of another place.
 */
export function narrowTo(location: Location, texts: readonly string[]): Location {
  const balancers = balancersOf(texts);
  for (const [i, { site }] of balancers.entries()) {
    if (site === null || sitesOf(location).some((one) => isSame(one, site))) continue;
    const how = `has its logs at account ${site.account} and region ${site.region}; give --account and --region of it`;
    throw new AthenaError(`--lb ${texts[i]} ${how}`, 'question');
  }
  const sites = balancers.flatMap(({ site }) => site ?? []);
  const isKnown = location.isShared && sites.length > 0 && sites.length === balancers.length;
  return {
    ...location,
    ...(isKnown
      ? {
          accounts: location.accounts.filter((one) => sites.some(({ account }) => account === one)),
          regions: location.regions.filter((one) => sites.some(({ region }) => region === one)),
        }
      : {}),
    loadBalancers: texts,
  };
}

/**
 * Returns the condition that leaves only the asked accounts and regions, and in a window only objects of the load balancers; null for all.
 * No text has a quote: each word was checked.
 */
export function placeCondition(table: string, location: Location, { from, to }: Window): string | null {
  const paths = from === null || to === null ? null : pathCondition(table, location, { from, to });
  const conditions = [siteCondition(location), paths].filter((one) => one !== null);
  return conditions.length === 0 ? null : conditions.join(' and ');
}

function pathCondition(table: string, location: Location, window: { from: Micros; to: Micros }): string | null {
  const { loadBalancers = [] } = location;
  if (loadBalancers.length === 0) return null;
  const ranges = pathRanges(table, loadBalancers, location, window);
  return `(${ranges.map(({ first, end }) => `("$path" >= '${first}' and "$path" < '${end}')`).join(' or ')})`;
}

/** Returns whether a path lies in one of the ranges. */
export const isInRanges = (path: string, ranges: readonly PathRange[]): boolean =>
  ranges.some(({ first, end }) => path >= first && path < end);

/** Returns `yyyymmddThhmm`. */
function endText(time: Micros): string {
  return new Date(Math.floor(time / fromMillis(1))).toISOString().slice(0, 16).replace(/[-:]/g, '');
}
