/** Makes incidents up, loads them with the real program, and asks it for its verdicts. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { bytesOf } from '../../src/command/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import type { Truth } from '../../src/simulate/truth.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { cli, expectStatus } from '../../test/cli.ts';
import { EVIDENCE_SETS, type Incident } from './grid.ts';
import type { Said } from './score.ts';

const LOAD_MILLISECONDS = 600_000;

export interface Prepared {
  folder: string;
  requests: number;
  truths: Truth[];
}

/** Writes all incidents to `folder`: logs/ together, and the evidence of each kind together. Loads the logs. */
export async function prepare(all: readonly Incident[], folder: string): Promise<Prepared> {
  rmSync(folder, { recursive: true, force: true });
  const prepared: Prepared = { folder, requests: 0, truths: [] };
  for (const { id, scenario, seed } of all) {
    const { files, requests, truths } = writeSimulation(simulate(scenario, seed));
    prepared.requests += requests;
    for (const truth of truths) prepared.truths.push(truth);
    for (const file of files) {
      const path = placeOf(file.path, id);
      if (path === null) continue;
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, bytesOf(file));
    }
  }
  const loaded = await cli(['load', join(folder, 'logs'), '--db', join(folder, 'logs.duckdb'), '-q'], {
    cwd: folder,
    timeout: LOAD_MILLISECONDS,
  });
  expectStatus(loaded, 0);
  return prepared;
}

/** `evidence/<kind>/<path>` of each incident side by side; logs share their layout, as they do in a bucket. */
function placeOf(path: string, id: string): string | null {
  if (path.startsWith('logs/')) return path;
  const [, kind, rest] = /^evidence\/([^/]+)\/(.+)$/.exec(path) ?? [];
  // Text for a Prometheus of one's own is no evidence as it stands.
  return kind && rest && !rest.endsWith('openmetrics.txt') ? `evidence/${kind}/${id}/${rest}` : null;
}

/** Returns what the program says of each failure when it has this evidence. */
export async function ask({ folder }: Prepared, set: string): Promise<Map<string, Said>> {
  const db = join(folder, `${set}.duckdb`);
  copyFileSync(join(folder, 'logs.duckdb'), db);
  const sources = EVIDENCE_SETS[set]!.folders.map((kind) => join(folder, 'evidence', kind));
  if (sources.length > 0) {
    const loaded = await cli(['load', ...sources, '--db', db, '-q'], { cwd: folder, timeout: LOAD_MILLISECONDS });
    expectStatus(loaded, 0);
  }
  const instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const result = await connection.runAndReadAll(
      `select trace_id, mechanism, cause, confidence, other_cause,
         deregistered_earliest is null and deregistered_latest is null as is_deregistration_unknown,
         life is null as is_pod_unknown
       from verdict`,
    );
    const said = result.getRowObjectsJson() as unknown as Said[];
    return new Map(said.map((one) => [one.trace_id, one]));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
