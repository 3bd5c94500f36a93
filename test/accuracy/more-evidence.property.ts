/**
 * More evidence never turns an exact verdict into another exact one: sources are loaded one after another, in many orders,
 * and after each the verdicts are held against those before. Not part of `make test`: a run takes minutes.
 *
 *   node --import tsx --test test/accuracy/more-evidence.property.ts
 */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { incidents } from '../../bench/accuracy/grid.ts';
import type { Said } from '../../bench/accuracy/score.ts';
import { load, type Prepared, prepare, verdictsOf } from '../../bench/accuracy/world.ts';
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

interface Turned {
  order: readonly string[];
  incident: string;
  trace_id: string;
  before: string;
  after: string;
}

let prepared: Prepared;
const turned: Turned[] = [];

before(async () => {
  prepared = await prepare(incidents(1, KINDS), freshFolder());
});

after(() => {
  const kinds = new Map<string, number>();
  for (const { order, incident, before, after } of turned) {
    const key = `${incident}, ${order.at(-1)} after ${order.slice(0, -1).join(', ') || 'nothing'}: ${before} -> ${after}`;
    kinds.set(key, (kinds.get(key) ?? 0) + 1);
  }
  for (const [key, count] of kinds) process.stdout.write(`${count} × ${key}\n`);
});

const textOf = ({ cause, rule }: Said): string => `${cause} (${rule})`;

/** Returns the verdicts that were exact and are exactly another now. */
function turnedBetween(before: ReadonlyMap<string, Said>, now: ReadonlyMap<string, Said>, order: string[]): Turned[] {
  const found: Turned[] = [];
  for (const [trace_id, old] of before) {
    const said = now.get(trace_id);
    if (old.confidence !== 'exact' || said?.confidence !== 'exact' || said.cause === old.cause) continue;
    const incident = prepared.incidentOf.get(trace_id)?.kind ?? 'unknown';
    found.push({ order: [...order], incident, trace_id, before: textOf(old), after: textOf(said) });
  }
  return found;
}

/** Each order is a database of its own. */
let orders = 0;

async function loadInTurn(order: readonly string[]): Promise<Turned[]> {
  const { folder } = prepared;
  const db = join(folder, `order-${orders++}.duckdb`);
  copyFileSync(join(folder, 'logs.duckdb'), db);
  let last = await verdictsOf(db);
  const loaded: string[] = [];
  const found: Turned[] = [];
  for (const source of order) {
    await load([join(folder, 'evidence', source)], db, folder);
    loaded.push(source);
    const now = await verdictsOf(db);
    found.push(...turnedBetween(last, now, loaded));
    last = now;
  }
  return found;
}

const ORDERS = Number(process.env.ORDERS ?? 3);

test('an exact verdict stays what it is whatever is loaded after it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...SOURCES], { minLength: SOURCES.length, maxLength: SOURCES.length }),
      async (order) => {
        const found = await loadInTurn(order);
        turned.push(...found);
        assert.deepEqual(found.slice(0, 5), [], `${found.length} verdicts turned round`);
      },
    ),
    // Each order costs a minute: a counterexample is not made smaller, `after` says which source turned what.
    { numRuns: ORDERS, endOnFailure: true, seed: 20260414, examples: [[[...SOURCES]]] },
  );
});
