/** Generates incidents, loads them with the real program, and reads its verdicts. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { bytesOf } from '../../src/command/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import type { Truth } from '../../src/simulate/truth.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { keepEvidence } from '../../src/store/materialised-view.ts';
import { cli, expectStatus } from '../../test/cli.ts';
import { EVIDENCE_SETS, type Incident } from './grid.ts';
import type { Said } from './score.ts';

const LOAD_MILLISECONDS = 600_000;

export interface Prepared {
  folder: string;
  requests: number;
  truths: Truth[];
  /** The incident of each trace id. */
  incidentOf: Map<string, Incident>;
}

/**
 * Writes all incidents to `folder`, with one folder for all logs and one for each kind of evidence, and loads the logs. If
 * `kept` is a folder, each incident also gets its own folder there.
 */
export async function prepare(all: readonly Incident[], folder: string, kept: string | null = null): Promise<Prepared> {
  rmSync(folder, { recursive: true, force: true });
  const prepared: Prepared = { folder, requests: 0, truths: [], incidentOf: new Map() };
  for (const incident of all) {
    const { id, scenario, seed } = incident;
    const { files, requests, truths } = writeSimulation(simulate(scenario, seed));
    prepared.requests += requests;
    for (const truth of truths) {
      prepared.truths.push(truth);
      prepared.incidentOf.set(truth.trace_id, incident);
    }
    for (const file of files) {
      const bytes = bytesOf(file);
      const path = placeOf(file.path, id);
      if (path !== null) write(join(folder, path), bytes);
      if (kept !== null) write(join(kept, id, file.path), bytes);
    }
  }
  await load([join(folder, 'logs')], join(folder, 'logs.duckdb'), folder);
  return prepared;
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** Loads files into a database with the real program. */
export async function load(sources: readonly string[], db: string, folder: string): Promise<void> {
  const loaded = await cli(['load', ...sources, '--db', db, '-q'], { cwd: folder, timeout: LOAD_MILLISECONDS });
  // The load reports a source without any fact about a quiet incident as unused.
  expectStatus(loaded, loaded.status === 4 ? 4 : 0);
}

/** Puts `evidence/<kind>/<path>` of each incident side by side. Logs share their layout, as in a bucket. */
function placeOf(path: string, id: string): string | null {
  if (path.startsWith('logs/')) return path;
  const [, kind, rest] = /^evidence\/([^/]+)\/(.+)$/.exec(path) ?? [];
  // Text for import into a Prometheus server is not evidence itself.
  return kind && rest && !rest.endsWith('openmetrics.txt') ? `evidence/${kind}/${id}/${rest}` : null;
}

/** Returns the program's verdict on each failure, with this set of evidence. */
export async function ask({ folder }: Prepared, set: string): Promise<Map<string, Said>> {
  const db = join(folder, `${set}.duckdb`);
  copyFileSync(join(folder, 'logs.duckdb'), db);
  const sources = EVIDENCE_SETS[set]!.folders.map((kind) => join(folder, 'evidence', kind));
  if (sources.length > 0) await load(sources, db, folder);
  return verdictsOf(db);
}

/** Columns that a database of an earlier program lacks, and their substitutes. */
const FALLBACKS: Readonly<Record<string, string>> = {
  rule: "mechanism || '/' || coalesce(cause, 'none')",
  told: "case cause when 'stale_target' then 'no' when 'draining_target' then case when deregistered_latest is null then 'unknown' else 'yes' end end",
  pattern: 'cast(null as varchar)',
  because: 'cast(null as varchar)',
  pod_name: 'cast(null as varchar)',
  target_kind: "'pod'",
  target_name: 'cast(null as varchar)',
};

/** stale_target was draining_target with `told` no. */
const causeText = (column: string): string =>
  `case when ${column} = 'stale_target' then 'draining_target' else ${column} end as ${column}`;

/** Returns all verdicts of a database, by trace id. */
export async function verdictsOf(db: string): Promise<Map<string, Said>> {
  const instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const described = await connection.runAndReadAll('describe verdict');
    const columns = new Set(described.getRowObjectsJson().map(({ column_name }) => String(column_name)));
    if (columns.has('rule')) {
      // As the program asks its own questions.
      await connection.run("set disabled_optimizers = 'statistics_propagation,compressed_materialization'");
      await keepEvidence(connection, ['verdict']);
    }
    const more = Object.entries(FALLBACKS).map(([name, text]) => (columns.has(name) ? name : `${text} as ${name}`));
    const result = await connection.runAndReadAll(
      `select trace_id, mechanism, ${causeText('cause')}, confidence, ${causeText('other_cause')}, ${more.join(', ')}
       from verdict`,
    );
    const said = result.getRowObjectsJson() as unknown as (Said &
      Record<'target_kind' | 'target_name', string | null>)[];
    return new Map(
      said.map(({ target_kind, target_name, ...verdict }) => {
        const isPod = target_kind === 'pod' || target_kind === 'unknown';
        return [verdict.trace_id, isPod ? verdict : { ...verdict, pod_name: target_name }];
      }),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
