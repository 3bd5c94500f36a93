/** Tests the sheet behind the costs of docs/scaling.md: it grows with the logs, and the page says its figures. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { costsOf, waysOf } from '../../bench/sheet.ts';
import { costOf } from '../../src/athena/cost.ts';

const PAGE = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');

test('ten times the logs cost ten times as much, by Athena what the command itself says', () => {
  const first = (dollars: string): number => Number(dollars.split(';')[0]);
  const [one, ten] = [100, 1000].map((terabytes) => costsOf(terabytes).map(({ dollars }) => first(dollars)));
  for (const [i, dollars] of one!.entries()) assert.ok(Math.abs(ten![i]! / dollars - 10) < 0.01, costsOf(100)[i]!.what);
  assert.equal(first(costsOf(1)[0]!.dollars), Number(costOf(0.134e12).toFixed(2)));
});

test('more jobs are done sooner, for the same money', () => {
  const emit = (jobs: number) => waysOf(10, jobs).find(({ way }) => way.includes('--emit'))!;
  assert.equal(emit(64).dollars, emit(640).dollars);
  assert.notEqual(emit(64).hours, emit(640).hours);
});

test('the page says what ten terabytes cost', () => {
  const cost = (what: string) => costsOf(10).find((one) => one.what.includes(what))!;
  const [hours] = /[\d.]+(?= core hours)/.exec(cost('--emit').arithmetic)!;
  assert.ok(PAGE.includes(`Ten terabytes a day are ${Math.round(Number(hours))} core hours of \`load --emit\``));
  const emit = waysOf(10, 64).find(({ way }) => way.includes('--emit'))!;
  const [two, twelve] = ['`trace`', 'console'].map((what) => cost(what).dollars);
  assert.ok(
    PAGE.includes(`$${emit.dollars} a day with the requests, where two readings by Athena cost $${two}`),
    emit.dollars,
  );
  assert.ok(PAGE.includes(`the twelve of its views $${twelve}`));
});
