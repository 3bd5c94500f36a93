import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inOrder, Slots } from '../../src/source/in-order.ts';

async function* slow(name: string, count: number, ms: number, log: string[] = []) {
  log.push(`${name} begins`);
  try {
    for (let i = 0; i < count; i++) {
      await sleep(ms);
      yield `${name}${i}`;
    }
  } finally {
    log.push(`${name} ends`);
  }
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const result of results) list.push(result);
  return list;
}

test('results come in the order of the iterations, though later ones are done first', async () => {
  const log: string[] = [];
  const starts = [20, 0, 5, 0].map((ms, i) => () => slow('abcd'[i]!, 6, ms, log));
  const expected = [...'abcd'].flatMap((name) => Array.from({ length: 6 }, (_, i) => `${name}${i}`));
  assert.deepEqual(await all(inOrder(starts, 3)), expected);
  assert.ok(log.indexOf('c begins') < log.indexOf('a ends'), log.join());
  assert.ok(log.indexOf('d begins') > log.indexOf('a ends'), 'three at a time');
  assert.deepEqual(await all(inOrder([], 3)), []);
});

test('the others wait for the first result of the first', async () => {
  const log: string[] = [];
  const results = inOrder([() => slow('a', 1, 20, log), () => slow('b', 1, 0, log)], 2);
  const first = results.next();
  await sleep(5);
  assert.deepEqual(log, ['a begins']);
  await first;
  assert.deepEqual(await all(results), ['b0']);
});

test('an error comes when it is its turn, and ends the others', async () => {
  const log: string[] = [];
  async function* failing() {
    yield 'x';
    throw new Error('broken');
  }
  const got: string[] = [];
  await assert.rejects(
    async () => {
      for await (const one of inOrder([() => slow('a', 3, 5, log), failing, () => slow('c', 1000, 1, log)], 3))
        got.push(one);
    },
    { message: 'broken' },
  );
  assert.deepEqual(got, ['a0', 'a1', 'a2', 'x']);
  await sleep(50);
  assert.ok(log.includes('c ends'), log.join());
});

test('a consumer that stops ends all iterations', async () => {
  const log: string[] = [];
  for await (const _ of inOrder([() => slow('a', 1000, 1, log), () => slow('b', 1000, 1, log)], 2)) break;
  await sleep(50);
  assert.deepEqual(
    log.filter((line) => line.endsWith('ends')).sort(),
    log.length === 4 ? ['a ends', 'b ends'] : ['a ends'],
  );
});

test('no more than so many tasks run at a time, also after a failure', async () => {
  const slots = new Slots(2);
  let [running, most] = [0, 0];
  const task = async (fails: boolean) => {
    most = Math.max(most, ++running);
    await sleep(2);
    running--;
    if (fails) throw new Error('broken');
  };
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => slots.run(() => task(n % 2 === 0))));
  assert.deepEqual([most, results.filter(({ status }) => status === 'fulfilled').length], [2, 3]);
});
