/**
 * A unit: the lake that one job wrote of one part of the logs, such as a balancer's day. Its manifest lies beside it and is written last, so
 * a unit without one is not complete. Pure.
 */
import { createHash } from 'node:crypto';
import { StoreError } from './error.ts';

/** Version of the layout of units. */
const FORMAT = 1;

/** The part of the logs that a unit has, as the flags of `load` say it. Times are ISO 8601; null is open. */
export interface UnitPart {
  source: readonly string[];
  from: string | null;
  to: string | null;
  lb: readonly string[];
  account: readonly string[];
  region: readonly string[];
  logs: readonly string[];
  timezone: string;
  captured_at: string | null;
}

export interface UnitManifest {
  format: typeof FORMAT;
  /** Path of its lake, below the place of all units. */
  lake: string;
  part: UnitPart;
  objects: number;
  rows: number;
  /** Failures that were judged with what the unit has: a merge judges anew. */
  failures: number;
}

const MANIFEST_NAME = /^unit=([A-Za-z0-9][A-Za-z0-9._-]{0,199})\.json$/;
const LAKE = /^unit=[A-Za-z0-9][A-Za-z0-9._-]{0,199}\/lake-[0-9a-f]{16}$/;

/** Longest part of a unit's name that people read. */
const READABLE = 120;

/** Returns the name of a unit: the same part of the logs has the same name, another one has another. */
export function unitName(part: UnitPart): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([FORMAT, part]))
    .digest('hex')
    .slice(0, 12);
  const words = [part.lb.join('+') || 'all', part.from ?? 'begin', part.to ?? 'end'];
  const readable = words
    .join('.')
    .replace(/:00(?:\.0+)?Z/g, 'Z')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return `${readable.slice(0, READABLE)}.${hash}`;
}

/** Returns the name of the manifest of a unit. */
export const unitFile = (name: string): string => `unit=${name}.json`;

/** Returns the folder of the lake that one try writes: `try_` is 16 hexadecimal digits of its own. */
export const unitLake = (name: string, try_: string): string => `unit=${name}/lake-${try_}`;

/** Returns the unit whose manifest has this name, or null for another file. */
export const unitOfFile = (file: string): string | null => MANIFEST_NAME.exec(file)?.[1] ?? null;

/** Returns the text of a manifest. */
export const unitText = (unit: Omit<UnitManifest, 'format'>): string =>
  `${JSON.stringify({ format: FORMAT, ...unit }, null, 1)}\n`;

/** Parses a manifest; `place` is its location. Throws StoreError if it is not understood. */
export function parseUnit(text: string, place: string): UnitManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StoreError(`${place} is damaged: remove it and emit the unit again`, { cause });
  }
  const unit = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof unit.format === 'number' && unit.format !== FORMAT)
    throw new StoreError(`${place} was written by another version of draintrace: emit to another place`);
  const isRight =
    unit.format === FORMAT &&
    typeof unit.lake === 'string' &&
    LAKE.test(unit.lake) &&
    ['objects', 'rows', 'failures'].every((key) => typeof unit[key] === 'number');
  if (!isRight) throw new StoreError(`${place} is no manifest of a unit: remove it and emit the unit again`);
  return value as UnitManifest;
}
