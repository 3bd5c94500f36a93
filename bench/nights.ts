/** Loads a public site's logs as thirty nights, one after the other, and at once: the file grows with the rows, not with the nights. */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { draintrace, forget } from './draintrace.ts';
import { makeData } from './make-data.ts';

const NIGHTS = 30;

export interface NightsFigure {
  rows: number;
  /** Bytes of the databases. */
  once: number;
  nightly: number;
}

/** Returns the sizes of both databases. */
export async function nightsFigure(rows: number, work: string): Promise<NightsFigure> {
  const folder = join(work, 'nights');
  const night = join(work, 'night');
  await makeData(rows, NIGHTS, folder, 1, 'public');
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log.gz'));
  const [once, nightly] = [join(work, 'once.duckdb'), join(work, 'nightly.duckdb')];
  for (const db of [once, nightly]) forget(db);
  await draintrace(['load', join(folder, 'AWSLogs'), '--db', once, '--quiet', '--no-judge']);
  for (const name of logs.sort()) {
    mkdirSync(night);
    linkSync(join(folder, name), join(night, basename(name)));
    await draintrace(['load', night, '--db', nightly, '--quiet', '--no-judge']);
    rmSync(night, { recursive: true });
  }
  const figure = { rows, once: statSync(once).size, nightly: statSync(nightly).size };
  for (const db of [once, nightly]) forget(db);
  rmSync(folder, { recursive: true });
  return figure;
}
