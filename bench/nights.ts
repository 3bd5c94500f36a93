/**
 * Loads a public site's logs as thirty nights, one after the other, and at once: the file grows with the rows, not with the nights.
 * After each night an export follows: its cost is that of the night, not of the history.
 */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { draintrace, forget } from './draintrace.ts';
import { makeData } from './make-data.ts';
import { median } from './measure.ts';
import { shapeOf } from './shape.ts';
import { INTERVAL_MS, makeWorld } from './world.ts';

const NIGHTS = 30;
const SEED = 1;
const SHAPE = 'public';
const DAY_MS = 86_400_000;
/** Number of nights at either end whose median cost is compared. */
const COMPARED = 5;

export interface NightsFigure {
  rows: number;
  /** Bytes of the databases. */
  once: number;
  nightly: number;
  /** Processor seconds of the export after each night, wall seconds without /proc. */
  exports: number[];
  /** Processor seconds of an export with nothing new, after the last night. */
  idle: number;
}

/** Returns the sizes of both databases, and what each night's export cost. */
export async function nightsFigure(rows: number, work: string): Promise<NightsFigure> {
  const folder = join(work, 'nights');
  const night = join(work, 'night');
  const lake = join(work, 'nights-lake');
  const aDay = (makeWorld(SEED, shapeOf(SHAPE)).nodes.length * DAY_MS) / INTERVAL_MS;
  await makeData(rows, NIGHTS, folder, SEED, SHAPE, aDay);
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log.gz'));
  const [once, nightly] = [join(work, 'once.duckdb'), join(work, 'nightly.duckdb')];
  for (const db of [once, nightly]) forget(db);
  rmSync(lake, { recursive: true, force: true });
  const exported = async () => {
    const { cpu, wall } = await draintrace(['export', '--to', lake, '--db', nightly]);
    return cpu ?? wall;
  };
  await draintrace(['load', join(folder, 'AWSLogs'), '--db', once, '--quiet', '--no-judge']);
  const exports: number[] = [];
  for (const name of logs.sort()) {
    mkdirSync(night);
    linkSync(join(folder, name), join(night, basename(name)));
    await draintrace(['load', night, '--db', nightly, '--quiet', '--no-judge']);
    exports.push(await exported());
    rmSync(night, { recursive: true });
  }
  const idle = await exported();
  const figure = { rows, once: statSync(once).size, nightly: statSync(nightly).size, exports, idle };
  for (const db of [once, nightly]) forget(db);
  for (const path of [folder, lake]) rmSync(path, { recursive: true });
  return figure;
}

/** Returns the cost of the last nights' exports against that of the first ones. */
export const exportGrowth = ({ exports }: NightsFigure): number =>
  median(exports.slice(-COMPARED)) / median(exports.slice(0, COMPARED));
