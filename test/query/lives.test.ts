/** Lives do not depend on how evidence was loaded: in any order, in any number of objects, and twice. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { selectAll } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { insert, memoryDatabase, type Values } from './memory.ts';

const FOLDER = new URL('../golden/verdict/', import.meta.url);

/** Facts of all golden verdicts. Most cases get their own addresses and names; some share them. */
const FACTS: Values[] = readdirSync(FOLDER).flatMap((name, i) =>
  (JSON.parse(readFileSync(new URL(`${name}/facts.json`, FOLDER), 'utf8')) as Values[]).map((fact) => {
    // One case in four keeps its names, so that cases meet on one address and contradict each other.
    const own = i % 4 === 0 ? '' : `-${i}`;
    const renamed = { ...fact };
    for (const key of ['ip', 'target_ip', 'uid', 'name']) {
      if (typeof renamed[key] === 'string') renamed[key] = `${renamed[key]}${own}`;
    }
    return renamed;
  }),
);

/** Numbers from 0 to 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function shuffle<T>(items: readonly T[], next: () => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** All lives and contradictions, without their sources. */
async function livesOf(facts: readonly Values[], pieces: number): Promise<unknown> {
  const connection = await memoryDatabase();
  for (let object = 1; object <= pieces; object++) {
    await insert(connection, 'log_object', [
      { object_id: object, uri: `file:///${object}`, kind: 'kubectl_pods_json' },
    ]);
  }
  const placed = facts.map((fact, i) => ({ ...fact, object_id: 1 + (i % pieces), line: 1 + Math.floor(i / pieces) }));
  for (const [kind, { name }] of Object.entries(FACT_TABLES)) {
    const own = placed.filter((fact) => (fact as Values).kind === kind) as Values[];
    await insert(
      connection,
      name,
      own.map(({ kind: _, ...fact }) => fact),
    );
  }
  const lives: unknown[] = [];
  for (const view of ['pod_life', 'target_life', 'pod_address', 'contradiction']) {
    const rows = await selectAll(connection, `select * from ${view}`);
    const texts = rows.map(({ sources: _, object_id: __, line: ___, ...row }) => JSON.stringify(row));
    lives.push([...new Set(texts)].sort());
  }
  connection.closeSync();
  return lives;
}

test('lives are the same in any order, in any number of pieces, and loaded twice', async () => {
  const expected = await livesOf(FACTS, 1);
  assert.ok((expected as unknown[][])[0]!.length > 20);
  for (const [seed, pieces, twice] of [
    [1, 1, false],
    [2, 7, false],
    [3, 3, true],
    [4, 40, true],
  ] as const) {
    const facts = shuffle(twice ? [...FACTS, ...FACTS] : FACTS, random(seed));
    assert.deepEqual(await livesOf(facts, pieces), expected, `seed ${seed}, ${pieces} pieces`);
  }
});
