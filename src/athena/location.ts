/**
 * Parses the S3 location of a load balancer's logs. The result becomes text in DDL, so every word is checked: no word may hold
 * a quote, a backslash, a `$` or a brace.
 */
import { createHash } from 'node:crypto';
import { rawTables } from '../engine/table.ts';
import { TABLES } from '../store/table.ts';
import { DAY, dayNumber, formatDay, type Micros } from '../time/time.ts';
import type { CloudwatchTable } from './cloudwatch-table.ts';
import { AthenaError } from './error.ts';

export interface Location {
  bucket: string;
  /** As configured at the load balancer: without slashes at its ends, empty for none. */
  prefix: string;
  /** Of a table of one place exactly one; of a table that all places share those that are asked, none where they are not known. */
  accounts: readonly string[];
  regions: readonly string[];
  /** Whether one table holds the logs of all accounts and regions below the prefix, partitioned by both. */
  isShared: boolean;
  /** Only logs of these load balancers; none for all. */
  loadBalancers?: readonly string[];
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const KEY = /^[\w!.*()=+@:,/-]*$/;

const wrong = (flag: string, value: string, how: string): AthenaError =>
  new AthenaError(`--${flag} ${value} ${how}`, 'question');

/** Returns the location that the flags name. Several accounts or regions share a table. Throws AthenaError. */
export function readLocation(
  given: Pick<Location, 'bucket' | 'prefix' | 'accounts' | 'regions'> & Partial<Pick<Location, 'isShared'>>,
): Location {
  const { bucket } = given;
  const accounts = [...new Set(given.accounts)].sort();
  const regions = [...new Set(given.regions)].sort();
  const prefix = given.prefix.replace(/^\/+|\/+$/g, '');
  if (!BUCKET.test(bucket)) throw wrong('bucket', bucket, 'is not a bucket name; give it without s3:// and slashes');
  if (!KEY.test(prefix)) throw wrong('prefix', prefix, 'contains characters that a table location cannot have');
  if (/(?:^|\/)AWSLogs(?:\/|$)/.test(prefix)) {
    throw wrong('prefix', prefix, 'is too long; give only the part before AWSLogs/, or leave it out');
  }
  for (const account of accounts) {
    if (!/^\d{12}$/.test(account)) throw wrong('account', account, 'is no AWS account; give its 12 digits');
  }
  for (const region of regions) {
    if (!/^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(region)) {
      throw wrong('region', region, 'is no AWS region; write it as eu-central-1');
    }
  }
  const isShared = given.isShared || accounts.length > 1 || regions.length > 1;
  return { bucket, prefix, accounts, regions, isShared };
}

/** An account and a region of it. */
export interface Site {
  account: string;
  region: string;
}

/** Returns the places that are asked: each account with each region. */
export const sitesOf = ({ accounts, regions }: Location): Site[] =>
  accounts.flatMap((account) => regions.map((region) => ({ account, region })));

/** Returns the folder that has a folder for each account, with a slash at its end. */
const treeFolder = ({ bucket, prefix }: Location): string =>
  `s3://${bucket}/${prefix === '' ? '' : `${prefix}/`}AWSLogs/`;

/** Returns the parent folder of the day folders of a place, with a slash at its end. */
export const siteFolder = (location: Location, { account, region }: Site): string =>
  `${treeFolder(location)}${account}/elasticloadbalancing/${region}/`;

/** Returns the folder of the tables, with a slash at its end. */
export const tableFolder = (location: Location): string =>
  location.isShared ? treeFolder(location) : siteFolder(location, sitesOf(location)[0]!);

/** A partition's name as it stands in a template of folders. */
const placeholder = (key: string): string => `\${${key}}`;

/** Returns the day folders of the tables, with the names of their partitions in place of values. */
export function folderTemplate(location: Location): string {
  const site = { account: placeholder('account'), region: placeholder('region') };
  return `${location.isShared ? siteFolder(location, site) : tableFolder(location)}${placeholder('day')}/`;
}

/** Returns the names of the partitions beside the days. */
export const siteKeys = ({ isShared }: Location): ('account' | 'region')[] => (isShared ? ['account', 'region'] : []);

/** Returns the condition that leaves only the asked partitions of a shared table; null for no condition. */
export function siteCondition({ isShared, accounts, regions }: Location): string | null {
  const listed = (column: string, words: readonly string[]): string[] =>
    words.length === 0 ? [] : [`${column} in (${words.map((word) => `'${word}'`).join(', ')})`];
  const conditions = [...listed('account', accounts), ...listed('region', regions)];
  return isShared && conditions.length > 0 ? conditions.join(' and ') : null;
}

/** Exported rows: the Parquet of an export, or tables of Iceberg that exports were appended to. */
export interface LakePlace {
  /** Without a slash at its end. */
  folder: string;
  form: 'parquet' | 'iceberg';
}

/** Data behind Athena's tables: logs in place, exported rows, or both. */
export interface DataLocations {
  location: Location | null;
  lake: LakePlace | null;
  /** The access log in a table that CloudWatch writes, in place of the lake's. */
  cloudwatch?: CloudwatchTable | null;
}

/**
 * Returns Athena's name for a table over these places. An existing table is never made again. So the name includes the place,
 * because a database may hold logs of many accounts, regions and buckets (not which of them a shared table is asked for), and it changes with the pattern and the columns: after an
 * upgrade that reads lines in another way no question asks a table with the old pattern.
 */
export function placedName(table: string, { location, lake }: DataLocations): string {
  if (location !== null && table.startsWith('raw_')) {
    const of = location.isShared ? 'accounts' : `${location.accounts[0]}_${location.regions[0]!.replaceAll('-', '_')}`;
    return `${table}_${of}_${mark(tableFolder(location), [rawDefinition(table), ...siteKeys(location)].join(' '))}`;
  }
  if (lake === null || !table.startsWith(PREFIX[lake.form])) return table;
  // Tables of Iceberg outlive an upgrade: they get new columns, and keep their name.
  return `${table}_${mark(lake.folder, lake.form === 'iceberg' ? '' : lakeDefinition(table))}`;
}

const PREFIX = { parquet: 'lake_', iceberg: 'iceberg_' } as const;

/** Returns what identifies a lake among the writers of tables that they share. */
export const originOf = ({ folder }: LakePlace): string => mark(folder, '');

/** Returns eight hex digits that identify a folder, and how its files are read. */
const mark = (folder: string, definition: string): string =>
  createHash('sha256').update(`${folder}\n${definition}`).digest('hex').slice(0, 8);

let raw: Map<string, string> | null = null;

/** Returns pattern and columns of a table over logs. */
function rawDefinition(table: string): string {
  raw ??= new Map(
    rawTables().map(({ name, pattern, columns }) => [name, [pattern, ...columns.map((one) => one.name)].join(' ')]),
  );
  return raw.get(table) ?? '';
}

/** Returns the columns of a table of the lake; of a view that was exported, nothing. */
function lakeDefinition(table: string): string {
  const columns = TABLES.find(({ name }) => `lake_${name}` === table)?.columns ?? [];
  return columns.map(({ name, type }) => `${name} ${type}`).join(' ');
}

/** Returns a folder of exported rows. Throws AthenaError. */
export const readLake = (url: string, form: LakePlace['form']): LakePlace => ({
  folder: readFolder(url, form === 'iceberg' ? 'iceberg' : 'lake'),
  form,
});

function readFolder(url: string, flag: string): string {
  const match = /^s3:\/\/([^/]+)((?:\/[^/]+)*?)\/*$/.exec(url);
  if (!match || !BUCKET.test(match[1]!) || !KEY.test(match[2]!)) {
    throw wrong(flag, url, 'is no folder in S3; write it as s3://bucket/folder');
  }
  return `s3://${match[1]}${match[2]}`;
}

/** Returns a database name that needs no quotes. Throws AthenaError. */
export function readDatabase(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) {
    throw wrong('database', name, 'is no name of a database; use small letters, digits and _');
  }
  return name;
}

/** Days since the epoch. */
export interface Days {
  first: number;
  last: number;
}

/** Returns the day folders that may hold rows of [from, to). A row of the last moment may be delivered on the next day. */
export function daysOf(window: { from: Micros; to: Micros }): Days {
  return { first: dayNumber(window.from), last: dayNumber(window.to - 1) + 1 };
}

/** Returns `2026/03/10`, the folder of a day. */
export function dayFolder(day: number): string {
  return formatDay(day * DAY).replaceAll('-', '/');
}
