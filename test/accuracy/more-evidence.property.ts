/**
 * More evidence never changes one exact verdict into another: sources are loaded one after another, in many orders, and the
 * verdicts after each load are compared with those before. Not part of `make test`, because a run takes minutes.
 *
 *   node --import tsx --test test/accuracy/more-evidence.property.ts
 */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { incidents } from '../../bench/accuracy/grid.ts';
import type { Said } from '../../bench/accuracy/score.ts';
import { load, type Prepared, prepare, verdictsOf } from '../../bench/accuracy/world.ts';
import { freshFolder } from '../cli.ts';

/** Sources, the weakest first; they do not contradict each other. */
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

/** Pairs of kinds whose sources know different halves of the story. */
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

const ORDERS = Number(process.env.ORDERS ?? 3);

/** A verdict that was exact, and the sources that made it so. */
interface Exact {
  said: Said;
  sources: number;
}

let prepared: Prepared;

before(async () => {
  prepared = await prepare(incidents(1, KINDS), freshFolder());
});

/** Loads sources in turn into a new database. Returns a sentence for each verdict that changed. */
async function turnedIn(order: readonly string[], number: number): Promise<string[]> {
  const db = join(prepared.folder, `order-${number}.duckdb`);
  copyFileSync(join(prepared.folder, 'logs.duckdb'), db);
  const exact = new Map<string, Exact>();
  const turned: string[] = [];
  for (let sources = 0; sources <= order.length; sources++) {
    if (sources > 0) await load([join(prepared.folder, 'evidence', order[sources - 1]!)], db, prepared.folder);
    for (const said of (await verdictsOf(db)).values()) {
      if (said.confidence !== 'exact') continue;
      const old = exact.get(said.trace_id);
      // An exact verdict has another cause now, however many readings came between.
      if (old && old.said.cause !== said.cause) {
        const kind = prepared.incidentOf.get(said.trace_id)?.kind ?? 'unknown';
        const first = order.slice(0, old.sources).join(' + ') || 'nothing';
        const next = order.slice(old.sources, sources).join(' + ');
        turned.push(`${kind}: ${first} says ${textOf(old.said)}; with ${next} it is ${textOf(said)}`);
      }
      exact.set(said.trace_id, { said, sources });
    }
  }
  return turned;
}

const textOf = ({ cause, rule }: Said): string => `${cause} (${rule})`;

test('an exact verdict stays what it is whatever is loaded after it', async () => {
  const all = fc.shuffledSubarray([...SOURCES], { minLength: SOURCES.length, maxLength: SOURCES.length });
  // First the weakest order, then random ones.
  const orders = [[...SOURCES], ...fc.sample(all, { numRuns: ORDERS - 1, seed: 20260414 })];
  const counts = new Map<string, number>();
  for (const [number, order] of orders.entries()) {
    for (const sentence of await turnedIn(order, number)) counts.set(sentence, (counts.get(sentence) ?? 0) + 1);
  }
  const sentences = [...counts].sort(([, a], [, b]) => b - a).map(([sentence, count]) => `${count} × ${sentence}`);
  assert.equal(sentences.length, 0, `verdicts turned round:\n${sentences.join('\n')}`);
});
