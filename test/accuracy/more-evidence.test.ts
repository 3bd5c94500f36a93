/**
 * More evidence never changes one exact verdict into another: sources are added one after another, in several orders, and the
 * verdicts after each step are compared with those before. All sources are loaded once; a step sees only the facts of its
 * sources. `ORDERS=20` tries more orders than `make test` does.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { type Incident, incidents } from '../../bench/accuracy/grid.ts';
import type { Said } from '../../bench/accuracy/score.ts';
import { load, type Prepared, prepare } from '../../bench/accuracy/world.ts';
import { overrideScenario } from '../../src/simulate/check.ts';
import { keepEvidence } from '../../src/store/kept-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { freshFolder } from '../cli.ts';

/** Sources, the weakest first; none contradicts another. */
const SOURCES = [
  'snapshot',
  'event',
  'metric',
  'cloudtrail',
  'controller',
  'target-health-5s',
  'endpoint-slice',
  'audit',
  'kubectl',
  'watch',
  'health-check',
  'setting',
] as const;

/** Kinds in which sources know different halves of the story. */
const KINDS = [
  'rollout',
  'stateful-set',
  'crash',
  'crash-loop',
  'flap-silent',
  'race-after-flap',
  'taken-out-by-hand',
  'zone-loss',
  'sidecar-crash',
  'three-clocks',
  'address-of-a-job',
  'force-deleted',
];

const ORDERS = Number(process.env.ORDERS ?? 2);
/** Sources that are added together in the first order, and in the others. */
const TOGETHER = [2, 4] as const;

/** A verdict that was exact, and after which sources. */
interface Exact {
  said: Said;
  sources: string;
}

let prepared: Prepared;
let instance: DuckDBInstance;

const quiet = (incident: Incident): Incident => ({
  ...incident,
  scenario: overrideScenario(incident.scenario, 'requestsPerSecond=3'),
});

before(async () => {
  prepared = await prepare(incidents(1, KINDS).map(quiet), freshFolder());
  const db = join(prepared.folder, 'logs.duckdb');
  const evidence = SOURCES.map((source) => join(prepared.folder, 'evidence', source));
  await load(evidence, db, prepared.folder);
  instance = await DuckDBInstance.create(db, { access_mode: 'READ_ONLY', threads: '2' });
});

/** Returns the verdicts that follow from these sources alone. */
async function verdictsFrom(sources: readonly string[]): Promise<Said[]> {
  const connection = await instance.connect();
  try {
    // As the program plans its views (src/store/database.ts), in half the time.
    await connection.run("set disabled_optimizers = 'statistics_propagation,compressed_materialization'");
    const paths = sources.map((source) => `contains(uri, '/evidence/${source}/')`).join(' or ') || 'false';
    for (const { name } of Object.values(FACT_TABLES)) {
      await connection.run(`create temp table "${name}" as select * from main."${name}"
        where object_id in (select object_id from log_object where ${paths})`);
    }
    await keepEvidence(connection, ['verdict']);
    const said = await selectAll(connection, "select trace_id, cause, rule from verdict where confidence = 'exact'");
    return said as unknown as Said[];
  } finally {
    connection.closeSync();
  }
}

/** Adds steps of sources in turn; returns a sentence for each verdict that turned round. */
async function turnedIn(steps: readonly (readonly string[])[]): Promise<{ turned: string[]; verdicts: number }> {
  const exact = new Map<string, Exact>();
  const turned: string[] = [];
  for (let count = 0; count <= steps.length; count++) {
    const sources = steps.slice(0, count).flat();
    for (const said of await verdictsFrom(sources)) {
      const old = exact.get(said.trace_id);
      // An exact verdict has another cause now, however many readings came between.
      if (old && old.said.cause !== said.cause) {
        const kind = prepared.incidentOf.get(said.trace_id)?.kind ?? 'unknown';
        turned.push(`${kind}: ${old.sources} says ${textOf(old.said)}; ${sources.join(' + ')} says ${textOf(said)}`);
      }
      exact.set(said.trace_id, { said, sources: sources.join(' + ') || 'nothing' });
    }
  }
  return { turned, verdicts: exact.size };
}

const textOf = ({ cause, rule }: Said): string => `${cause} (${rule})`;

function stepsOf(order: readonly string[], together: number): string[][] {
  const steps: string[][] = [];
  for (let at = 0; at < order.length; at += together) steps.push(order.slice(at, at + together));
  return steps;
}

test('an exact verdict stays what it is whatever is loaded after it', async () => {
  const all = fc.shuffledSubarray([...SOURCES], { minLength: SOURCES.length, maxLength: SOURCES.length });
  // The weakest first, then others by chance.
  const others = fc.sample(all, { numRuns: Math.max(ORDERS - 1, 0), seed: 20260414 });
  const orders = [stepsOf(SOURCES, TOGETHER[0]), ...others.map((order) => stepsOf(order, TOGETHER[1]))];
  const counts = new Map<string, number>();
  for (const steps of orders) {
    const { turned, verdicts } = await turnedIn(steps);
    assert.ok(verdicts > 100, `only ${verdicts} verdicts were ever exact`);
    for (const sentence of turned) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  }
  const sentences = [...counts].sort(([, a], [, b]) => b - a).map(([sentence, count]) => `${count} × ${sentence}`);
  assert.equal(sentences.length, 0, `verdicts turned round:\n${sentences.join('\n')}`);
});
