/** Tests golden verdicts (verdict-case.ts describes the folders). Compares only the columns in expected.json. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASES, judge } from './verdict-case.ts';

const judged = await judge(CASES);

for (const { name, expected } of CASES) {
  test(`verdict: ${name}`, () => {
    const verdicts = judged.get(name)!;
    const found = verdicts.map((verdict, i) =>
      Object.fromEntries(Object.keys(expected[i] ?? verdict).map((key) => [key, verdict[key]])),
    );
    assert.deepEqual(found, expected, JSON.stringify(verdicts.map((v) => v.because)));
    for (const verdict of verdicts) {
      assert.equal(typeof verdict.rule, 'string', `line ${verdict.line} has no rule`);
      assert.equal(typeof verdict.because, 'string', `line ${verdict.line} says nothing`);
    }
  });
}

test('cases that share a database do not meet: one alone gets the same verdict', async () => {
  const some = CASES.filter(({ name }) =>
    /^(node-lost-together|likely-went-away|shared-address|seed-incident)$/.test(name),
  );
  assert.equal(some.length, 4);
  for (const one of some) {
    const alone = (await judge([one])).get(one.name)!;
    const drop = ({ object_id: _, ...verdict }: Record<string, unknown>) => verdict;
    assert.deepEqual(alone.map(drop), judged.get(one.name)!.map(drop), one.name);
  }
});
