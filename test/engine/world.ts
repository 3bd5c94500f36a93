/** Two worlds in a real Trino: samples/, and a simulated incident. Each in DuckDB, as a lake, and as logs in place. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Window } from '../../src/engine/relation.ts';
import { lakeTables, rawTables } from '../../src/engine/table.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { exportLake } from '../../src/store/lake.ts';
import { folderTarget } from '../../src/store/lake-target.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { createTables } from './external-table.ts';
import { makeTwin, openTwin } from './raw-twin.ts';
import type { TrinoServer } from './trino-server.ts';

export interface World {
  /** Schema of its tables. */
  name: string;
  /** Everything that was loaded. */
  loaded: Database;
  /** The part in `window`, numbered like rows of unloaded logs. */
  twin: Database;
  window: { [key in keyof Window]: number };
}

const REGION = 'AWSLogs/111122223333/elasticloadbalancing/eu-central-1';
const day = (text: string): number => Date.parse(text) * 1000;

async function makeWorld(
  trino: TrinoServer,
  name: string,
  sources: readonly string[],
  window: World['window'],
): Promise<World> {
  const folder = freshFolder();
  const files = join(trino.files, name);
  const db = join(folder, 'loaded.duckdb');
  expectStatus(await cli(['load', join(files, 'logs'), ...sources, '--timezone', '+08:00', '--db', db]), 0);
  const loaded = await openDatabase(db, { readOnly: true, external: true });
  mkdirSync(join(files, 'lake'));
  await exportLake(loaded.connection, folderTarget(join(files, 'lake')), {
    keys: ['day', 'elb'],
    prune: false,
    before: null,
    note: () => {},
  });
  await createTables(trino, name, await lakeTables(), `${name}/lake`);
  await createTables(trino, name, rawTables(), `${name}/logs/${REGION}`);
  const twin = join(folder, 'twin.duckdb');
  await makeTwin(db, twin, (path) => `local://${path.slice(trino.files.length)}`, window);
  return { name, loaded, twin: await openTwin(twin), window };
}

/** samples/, with the recorded incident in the folder of the other logs, because a table has the logs of one region. */
export function makeSamples(trino: TrinoServer): Promise<World> {
  const sample = (path: string) => join(ROOT, 'samples', path);
  const logs = join(trino.files, 'samples/logs');
  cpSync(sample('rollout-day/AWSLogs'), join(logs, 'AWSLogs'), { recursive: true });
  const recorded = 'AWSLogs/111122223333/elasticloadbalancing/cn-northwest-1';
  cpSync(sample(`recorded-incident/${recorded}`), join(logs, REGION), { recursive: true });
  const probes = ['1-504-while-draining', '2-draining-target-pod-gone', '3-pod-outlives-target'];
  return makeWorld(
    trino,
    'samples',
    [sample('rollout-day/evidence'), ...probes.map((probe) => sample(`recorded-incident/probe-${probe}.txt`))],
    { from: day('2026-03-10'), to: day('2026-03-12') },
  );
}

/** 212,000 requests in a quarter of an hour, 13,000 of them failed. */
export async function makeIncident(trino: TrinoServer): Promise<World> {
  const out = join(trino.files, 'incident');
  const argv = ['simulate', '--scenario', 'bad-day', '--set', 'requestsPerSecond=235', '--seed', '7', '--out', out];
  expectStatus(await cli(argv), 0);
  return makeWorld(trino, 'incident', [join(out, 'evidence')], { from: day('2026-04-14'), to: day('2026-04-15') });
}
