/** Parses the object names that Elastic Load Balancing gives, and decides which objects a load needs. Pure. */
import { fromMillis, HOUR, MINUTE, type Micros } from '../time/time.ts';

/** The requested part of a place. Empty lists request everything. */
export interface Selection {
  /** Rows of [from, to), microseconds. Null on one side is open; a null window means everything. */
  window: { from: Micros | null; to: Micros | null } | null;
  /** AWS account ids. */
  accounts: readonly string[];
  /** AWS regions of the load balancers. */
  regions: readonly string[];
  /** Load balancers, each by name, id, `app/<name>/<id>` or ARN. `*` stands for any characters. */
  loadBalancers: readonly string[];
  /** Kinds of log. Where a name does not show the kind, the object is read. */
  logs: readonly LogName[];
  /** Days after the window (beyond the first) in which late deliveries are searched. */
  lookBackDays: number;
}

/** Kinds of load balancer log. */
export type LogName = 'access' | 'connection' | 'health';

export type KeyKind =
  | 'alb_access_log'
  | 'alb_connection_log'
  | 'alb_health_check_log'
  | 'nlb_log'
  | 'classic_elb_log'
  | 'cloudtrail'
  | 'alb_test_file'
  | 'other';

/** The parts of a key. Parts that this kind of key lacks are null. */
export interface ParsedKey {
  kind: KeyKind;
  account: string | null;
  region: string | null;
  /** Name of the load balancer. */
  loadBalancer: string | null;
  loadBalancerId: string | null;
  /** End of the interval that the object covers, microseconds. */
  endTime: Micros | null;
  nodeIp: string | null;
  random: string | null;
}

/** Why a key is left out. The list is short, so counts by reason stay readable. */
export type SkipReason =
  | 'access log'
  | 'connection log'
  | 'health check log'
  | 'NLB log'
  | 'Classic Load Balancer log'
  | 'test file'
  | 'folder marker'
  | 'not an ALB log'
  | 'other account'
  | 'other region'
  | typeof OTHER_BALANCER
  | typeof GROUP
  | typeof OUTSIDE;

/** The reason of logs of other times. */
export const OUTSIDE = 'outside the window';

/** The reason of logs of load balancers that were not asked for. */
export const OTHER_BALANCER = 'other load balancer';

/** The reason of names that were excluded as a group, by their common beginning, and not listed one by one. */
export const GROUP = 'group of names';

const LOG_NAME =
  /^(?<kind>conn_log_|health_check_log_|)(?<account>\d{12})_elasticloadbalancing_(?<region>[a-z0-9-]+)_(?:(?<type>app|net)\.(?<name>[A-Za-z0-9-]+)\.(?<id>[A-Za-z0-9]+)|(?<classic>[A-Za-z0-9-]+))_(?<end>\d{8}T\d{4}Z)(?:_(?<ip>[\dA-Fa-f.:]+))?(?:_(?<random>[^_/]+?))?\.log(?:\.gz)?$/;

/** The beginning of a log's name, up to the hour of its end time; the whole name may have another form. */
const LOG_BEGINNING =
  /(?:^|\/)(?:conn_log_|health_check_log_|)\d{12}_elasticloadbalancing_[a-z0-9-]+_(?:(?:app|net)\.[A-Za-z0-9-]+\.[A-Za-z0-9]+|[A-Za-z0-9-]+)_\d{8}T/;

/** A file of a trail, with its delivery time. `digest` files beside it have names of another form. */
const TRAIL_NAME =
  /^(?<account>\d{12})_CloudTrail_(?<region>[a-z0-9-]+)_(?<end>\d{8}T\d{4}Z)_(?<random>[A-Za-z0-9]+)\.json(?:\.gz)?$/;

/** CloudTrail mostly delivers within a quarter of an hour of a call. Four times that is read. */
const TRAIL_COVERED: Micros = HOUR;
/** CloudWatch delivers into the same folders, and into hive-style ones, under other names. Only the content tells the kind. */
const DELIVERED =
  /\/(?:elasticloadbalancing\/.*\d{4}\/\d\d\/\d\d|elasticloadbalancing\/region=.*day=\d\d?)\/[^/]+\.(?:log|json|w3c|parquet)(?:\.gz)?$/;

/** Each object covers five minutes. */
const COVERED: Micros = 5 * MINUTE;
/** Clocks of nodes differ a little, and an end time has whole minutes. */
const SLACK: Micros = MINUTE;

/** Parses the last part of a key or of a local path. */
export function parseKey(key: string): ParsedKey {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const groups = LOG_NAME.exec(name)?.groups ?? TRAIL_NAME.exec(name)?.groups;
  const endTime = groups ? parseEndTime(groups.end!) : null;
  if (!groups || endTime === null) {
    const kind = name === 'ELBAccessLogTestFile' ? 'alb_test_file' : 'other';
    const nothing = { region: null, loadBalancer: null, loadBalancerId: null, endTime: null, nodeIp: null };
    return { kind, account: null, random: null, ...nothing };
  }
  return {
    kind: name.includes('_CloudTrail_') ? 'cloudtrail' : kindOf(groups),
    account: groups.account!,
    region: groups.region!,
    loadBalancer: groups.name ?? groups.classic ?? null,
    loadBalancerId: groups.id ?? null,
    endTime,
    nodeIp: groups.ip ?? null,
    random: groups.random ?? null,
  };
}

function kindOf({ kind, type }: Record<string, string | undefined>): KeyKind {
  if (type === 'net') return kind === '' ? 'nlb_log' : 'other';
  if (type === undefined) return kind === '' ? 'classic_elb_log' : 'other';
  if (kind === 'conn_log_') return 'alb_connection_log';
  return kind === 'health_check_log_' ? 'alb_health_check_log' : 'alb_access_log';
}

/** The last result: neighbours in a listing share it. */
let lastEnd: { text: string; time: Micros | null } = { text: '', time: null };

/** Parses `20140215T2340Z`; null for a minute that does not exist. */
function parseEndTime(text: string): Micros | null {
  if (lastEnd.text !== text) lastEnd = { text, time: readEndTime(text) };
  return lastEnd.time;
}

function readEndTime(text: string): Micros | null {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:00.000Z');
  const time = Date.parse(iso);
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? null : fromMillis(time);
}

const LOGS: Readonly<Partial<Record<KeyKind, readonly [LogName, SkipReason]>>> = {
  alb_access_log: ['access', 'access log'],
  alb_connection_log: ['connection', 'connection log'],
  alb_health_check_log: ['health', 'health check log'],
};

const KIND_REASON: Readonly<Partial<Record<KeyKind, SkipReason>>> = {
  nlb_log: 'NLB log',
  classic_elb_log: 'Classic Load Balancer log',
  alb_test_file: 'test file',
  other: 'not an ALB log',
};

/**
 * Returns why a key is left out, or null for a key to read. Inside an AWSLogs tree only logs of application load balancers
 * are read. Elsewhere (evidence, copies of logs) the content decides, so only load balancer logs that were not requested are
 * left out.
 */
export function skipReason(key: string, selection: Selection): SkipReason | null {
  if (key.endsWith('/')) return 'folder marker';
  const parsed = parseKey(key);
  const log = LOGS[parsed.kind];
  if (parsed.kind === 'cloudtrail') return trailReason(parsed, selection);
  if (!log) {
    if (!inTree(key)) return null;
    return parsed.kind === 'other' && DELIVERED.test(key) ? oddReason(key, selection) : KIND_REASON[parsed.kind]!;
  }
  const { accounts, regions, loadBalancers, window, logs } = selection;
  if (logs.length > 0 && !logs.includes(log[0])) return log[1];
  if (accounts.length > 0 && !accounts.includes(parsed.account!)) return 'other account';
  if (regions.length > 0 && !regions.includes(parsed.region!)) return 'other region';
  if (loadBalancers.length > 0 && !loadBalancers.some((one) => isBalancer(one, parsed))) return OTHER_BALANCER;
  return mayHoldRows(parsed.endTime!, window) ? null : OUTSIDE;
}

/** Returns why a key of a whole bucket is left out. Outside an AWSLogs tree only names of load balancer logs are read. */
export function logReason(key: string, selection: Selection): SkipReason | null {
  const { kind } = parseKey(key);
  if (kind === 'cloudtrail' || (kind === 'other' && !inTree(key) && !key.endsWith('/'))) return 'not an ALB log';
  return skipReason(key, selection);
}

/** The keys of a group that may be requested: those after `after` and before `until`. */
export interface KeyRange {
  after: string | null;
  until: string | null;
}

/**
 * Returns the requested keys among all that begin with `group`, or why none of them is requested. A group that does not end as
 * the beginning of a log's name, up to the `T` of its end time, is requested as a whole.
 */
export function rangeOf(group: string, selection: Selection): KeyRange | SkipReason {
  const match = LOG_BEGINNING.exec(group);
  // A log of the group's first minute stands for all.
  const example = `${group}0000Z_0.0.0.0_a.log.gz`;
  if (match?.[0].length !== group.length - (match?.index ?? 0) || parseKey(example).kind === 'other') {
    return { after: null, until: null };
  }
  const reason = skipReason(example, { ...selection, window: null });
  if (reason !== null) return reason;
  const { from = null, to = null } = selection.window ?? {};
  const name = group.slice(0, -'yyyymmddT'.length);
  // The same limits as in mayHoldRows. End times are compared as text, so names of odd forms have a place too.
  const after = from === null ? null : name + endTimeText(Math.ceil((from - SLACK) / MINUTE));
  const until = to === null ? null : `${name}${endTimeText(Math.floor((to + COVERED + SLACK) / MINUTE))}~`;
  const isBefore = after !== null && after > group && !after.startsWith(group);
  return isBefore || (until !== null && until < group) ? OUTSIDE : { after, until };
}

/** The last minute of the year 9999: later years have more digits, which sort before it. */
const LAST_MINUTE = fromMillis(Date.UTC(9999, 11, 31, 23, 59)) / MINUTE;

/** Returns `yyyymmddThhmm` of minutes since 1970. */
function endTimeText(minutes: number): string {
  return new Date(Math.min(minutes, LAST_MINUTE) * 60_000).toISOString().slice(0, 16).replace(/[-:]/g, '');
}

/** A name that begins as a log's, and ends otherwise, is left out where a log of that beginning would be. */
function oddReason(key: string, selection: Selection): SkipReason | null {
  const match = LOG_BEGINNING.exec(key);
  if (!match) return null;
  const range = rangeOf(key.slice(0, match.index + match[0].length), selection);
  if (typeof range === 'string') return range;
  return (range.after !== null && key <= range.after) || (range.until !== null && key >= range.until) ? OUTSIDE : null;
}

/** A trail belongs to an account and a region, not to a load balancer. */
function trailReason({ account, region, endTime }: ParsedKey, selection: Selection): SkipReason | null {
  const { accounts, regions, window } = selection;
  if (accounts.length > 0 && !accounts.includes(account!)) return 'other account';
  if (regions.length > 0 && !regions.includes(region!)) return 'other region';
  return mayHoldRows(endTime!, window, TRAIL_COVERED) ? null : OUTSIDE;
}

/** Whether a key lies in a folder named AWSLogs. */
export function inTree(key: string): boolean {
  return key.startsWith('AWSLogs/') || key.includes('/AWSLogs/');
}

function isBalancer(asked: string, { loadBalancer, loadBalancerId }: ParsedKey): boolean {
  const short = asked.replace(/^.*:loadbalancer\//, '').replace(/^app[/.]/, '');
  const names = [loadBalancer, loadBalancerId, `${loadBalancer}.${loadBalancerId}`];
  const pattern = short.replace('/', '.');
  return names.some((name) => (short.includes('*') ? fits(name ?? '', pattern) : name === short || name === pattern));
}

/**
 * Returns whether a name fits a pattern in which `*` stands for any characters. Takes linear time, unlike a regular expression:
 * others may choose the names.
 */
function fits(name: string, pattern: string): boolean {
  const [first, ...middle] = pattern.split('*') as [string, ...string[]];
  const last = middle.pop()!;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  // The earliest place of each part leaves most to those that follow.
  for (const part of middle) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** A row lies in the object of its own `time` (for a websocket, its close), so the object's interval decides. */
function mayHoldRows(endTime: Micros, window: Selection['window'], covered = COVERED): boolean {
  if (window?.from != null && endTime + SLACK < window.from) return false;
  return window?.to == null || endTime - covered - SLACK <= window.to;
}
