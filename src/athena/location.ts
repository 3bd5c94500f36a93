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
  account: string;
  region: string;
  /** Only logs of these load balancers; none for all. */
  loadBalancers?: readonly string[];
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const KEY = /^[\w!.*()=+@:,/-]*$/;

const wrong = (flag: string, value: string, how: string): AthenaError =>
  new AthenaError(`--${flag} ${value} ${how}`, 'question');

/** Returns the location that the flags name. Throws AthenaError. */
export function readLocation(given: { bucket: string; prefix: string; account: string; region: string }): Location {
  const { bucket, account, region } = given;
  const prefix = given.prefix.replace(/^\/+|\/+$/g, '');
  if (!BUCKET.test(bucket)) throw wrong('bucket', bucket, 'is not a bucket name; give it without s3:// and slashes');
  if (!KEY.test(prefix)) throw wrong('prefix', prefix, 'contains characters that a table location cannot have');
  if (/(?:^|\/)AWSLogs(?:\/|$)/.test(prefix)) {
    throw wrong('prefix', prefix, 'is too long; give only the part before AWSLogs/, or leave it out');
  }
  if (!/^\d{12}$/.test(account)) throw wrong('account', account, 'is no AWS account; give its 12 digits');
  if (!/^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(region)) {
    throw wrong('region', region, 'is no AWS region; write it as eu-central-1');
  }
  return { bucket, prefix, account, region };
}

/** Returns the parent folder of the day folders, with a slash at its end. */
export function logFolder({ bucket, prefix, account, region }: Location): string {
  return `s3://${bucket}/${prefix === '' ? '' : `${prefix}/`}AWSLogs/${account}/elasticloadbalancing/${region}/`;
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
 * because a database may hold logs of many accounts, regions and buckets, and it changes with the pattern and the columns: after an
 * upgrade that reads lines in another way no question asks a table with the old pattern.
 */
export function placedName(table: string, { location, lake }: DataLocations): string {
  if (location !== null && table.startsWith('raw_')) {
    const { account, region } = location;
    return `${table}_${account}_${region.replaceAll('-', '_')}_${mark(logFolder(location), rawDefinition(table))}`;
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
