/**
 * Adds sources of evidence one after another, in several orders, and compares the verdicts after each step with those before. All
 * sources are loaded once; a step sees only the facts of its sources.
 */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { type Incident, incidents } from '../../bench/accuracy/grid.ts';
import type { Said } from '../../bench/accuracy/score.ts';
import { load, type Prepared, prepare } from '../../bench/accuracy/world.ts';
import { overrideScenario } from '../../src/simulate/check.ts';
import { keepEvidence } from '../../src/store/materialised-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { freshFolder } from '../cli.ts';

/** A verdict that was exact, and after which sources. */
interface Exact {
  said: Said;
  sources: string;
}

const quiet = (incident: Incident): Incident => ({
  ...incident,
  scenario: overrideScenario(incident.scenario, 'requestsPerSecond=3'),
});

export class MoreEvidence {
  readonly #prepared: Prepared;
  readonly #instance: DuckDBInstance;

  private constructor(prepared: Prepared, instance: DuckDBInstance) {
    this.#prepared = prepared;
    this.#instance = instance;
  }

  /** Plays one incident of each kind, and loads it with all sources. */
  static async load(kinds: readonly string[], sources: readonly string[]): Promise<MoreEvidence> {
    const prepared = await prepare(incidents(1, kinds).map(quiet), freshFolder());
    const db = join(prepared.folder, 'logs.duckdb');
    const evidence = sources.map((source) => join(prepared.folder, 'evidence', source));
    await load(evidence, db, prepared.folder);
    return new MoreEvidence(prepared, await DuckDBInstance.create(db, { access_mode: 'READ_ONLY', threads: '2' }));
  }

  /** Returns the verdicts that follow from these sources alone. */
  async #verdictsFrom(sources: readonly string[]): Promise<Said[]> {
    const connection = await this.#instance.connect();
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
  async turnedIn(steps: readonly (readonly string[])[]): Promise<{ turned: string[]; verdicts: number }> {
    const exact = new Map<string, Exact>();
    const turned: string[] = [];
    for (let count = 0; count <= steps.length; count++) {
      const sources = steps.slice(0, count).flat();
      for (const said of await this.#verdictsFrom(sources)) {
        const old = exact.get(said.trace_id);
        // An exact verdict has another cause now, however many readings came between.
        if (old && old.said.cause !== said.cause) {
          const kind = this.#prepared.incidentOf.get(said.trace_id)?.kind ?? 'unknown';
          turned.push(`${kind}: ${old.sources} says ${textOf(old.said)}; ${sources.join(' + ')} says ${textOf(said)}`);
        }
        exact.set(said.trace_id, { said, sources: sources.join(' + ') || 'nothing' });
      }
    }
    return { turned, verdicts: exact.size };
  }
}

const textOf = ({ cause, rule }: Said): string => `${cause} (${rule})`;

function stepsOf(order: readonly string[], together: number): string[][] {
  const steps: string[][] = [];
  for (let at = 0; at < order.length; at += together) steps.push(order.slice(at, at + together));
  return steps;
}

/** Returns orders of the sources, in steps: the weakest first, two at a time, and others by chance. */
export function ordersOf(sources: readonly string[], count: number, together: number): string[][][] {
  const all = fc.shuffledSubarray([...sources], { minLength: sources.length, maxLength: sources.length });
  const others = fc.sample(all, { numRuns: Math.max(count - 1, 0), seed: 20260414 });
  return [stepsOf(sources, 2), ...others.map((order) => stepsOf(order, together))];
}

/** Returns a sentence for each kind of verdict that turned round in any of the orders, and the least number of exact ones. */
export async function turnedInAll(more: MoreEvidence, orders: readonly string[][][]): Promise<[string[], number]> {
  const counts = new Map<string, number>();
  let least = Number.POSITIVE_INFINITY;
  for (const steps of orders) {
    const { turned, verdicts } = await more.turnedIn(steps);
    least = Math.min(least, verdicts);
    for (const sentence of turned) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  }
  const sentences = [...counts].sort(([, a], [, b]) => b - a).map(([sentence, count]) => `${count} × ${sentence}`);
  return [sentences, least];
}
