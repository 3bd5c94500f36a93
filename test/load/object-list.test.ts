/** Tests the list of objects on disk, and the uris that a list has more than once. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ObjectList } from '../../src/load/main/object-list.ts';
import { Planner, planLoad } from '../../src/load/main/plan.ts';
import { RepeatedUris } from '../../src/load/main/repeated.ts';

const uriOf = (number: number): string => `s3://logs/${'ä/'.repeat(number % 50)}\n"${number}`;

test('a list is read as it was written, whole and in parts, whatever its lines hold', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-list-'));
  const list = await ObjectList.create<{ uri: string }>(join(folder, 'list.jsonl'));
  try {
    const all = Array.from({ length: 10_000 }, (_, i) => ({ uri: uriOf(i) }));
    const marks: number[] = [];
    for (const [i, one] of all.entries()) {
      if (i % 777 === 0) marks.push(list.size);
      await list.add(one);
    }
    const chunks: { uri: string }[][] = [];
    for await (const chunk of list.chunks(999)) chunks.push(chunk);
    assert.ok(chunks.every(({ length }) => length <= 999));
    assert.deepEqual(chunks.flat(), all);
    const [at, end] = [marks[3]!, marks[4]!];
    assert.deepEqual(await list.part({ at, bytes: end - at }), all.slice(3 * 777, 4 * 777));
    assert.equal(list.length, 10_000);
  } finally {
    await list.close();
    rmSync(folder, { recursive: true });
  }
});

test('every uri that is listed twice is found, and hardly any other', () => {
  const uris = new RepeatedUris();
  for (let i = 0; i < 100_000; i++) uris.add(`s3://logs/${i}`);
  for (let i = 0; i < 1000; i++) uris.add(`s3://logs/${i * 7}`);
  const mayRepeat = uris.filter();
  let others = 0;
  for (let i = 0; i < 100_000; i++) {
    const isTwice = i % 7 === 0 && i < 7000;
    if (isTwice) assert.ok(mayRepeat(`s3://logs/${i}`));
    else if (mayRepeat(`s3://logs/${i}`)) others++;
  }
  assert.ok(others <= 1, `${others}`);
  assert.equal(new RepeatedUris().filter()('s3://logs/0'), false);
});

test('objects that are planned one by one come in the batches of a whole listing', () => {
  const sizes = [5, 6, 20, 0, 0, 9, 1, 1, 1];
  const listed = sizes.map((size, i) => {
    return { source: 0, object: { uri: `u${i % 8}`, etag: 'e', size, modified: null, name: 'x' } };
  });
  const { batches, known, size } = planLoad(listed, new Map(), 1, 'all', 11);
  assert.deepEqual(
    batches.map((batch) => batch.map(({ objectId, object }) => `${objectId} ${object.uri}`)),
    [['1 u0', '2 u1'], ['3 u2'], ['4 u3', '5 u4', '6 u5', '7 u6', '8 u7']],
  );
  assert.deepEqual([known, size], [1, 42]);
  const planner = new Planner(1, 'all', 11);
  assert.deepEqual(
    listed.map((one) => planner.plan(one, undefined)?.begins ?? null),
    [true, false, true, true, false, false, false, false, null],
  );
  assert.equal(planner.isRest, false);
  planner.plan({ source: 0, object: { ...listed[0]!.object, uri: 'more' } }, undefined);
  assert.equal(planner.isRest, true);
});
