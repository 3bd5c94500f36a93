/** Tests that a large view, computed by its parts, has the rows that it has at once: of all golden cases. test/engine/append.ts asks a real Trino. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computedViews } from '../../src/engine/iceberg-table.ts';
import { viewParts } from '../../src/engine/view-part.ts';
import { readViewFiles } from '../../src/store/evidence-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { memoryDatabase } from '../query/memory.ts';
import { CASES, casesTogether, insertFacts } from '../query/verdict-case.ts';

test('by its parts a view has the same rows', async () => {
  const connection = await memoryDatabase();
  await insertFacts(connection, casesTogether(CASES).facts);
  const cut = [...computedViews()].filter(([, parts]) => parts.length > 1);
  assert.ok(cut.length >= 4);
  for (const [name, parts] of cut) {
    const whole = parts.at(-1)!;
    for (const part of parts.slice(0, -1)) {
      await connection.run(`create table ${part.name} as ${part.sql}`);
      assert.ok(whole.sql.includes(`(select * from ${part.name})`), part.name);
    }
    const differences = `select count(*) as n from (
      (from ${name} except all (${whole.sql})) union all ((${whole.sql}) except all from ${name}))`;
    const numberOf = async (sql: string) => Number((await selectAll(connection, sql))[0]!.n);
    assert.ok((await numberOf(`select count(*) as n from ${name}`)) > 0, name);
    assert.equal(await numberOf(differences), 0, name);
  }
});

test('a view that is not cut stays as it is, and a clause that is not there is an error', () => {
  const [file] = readViewFiles().filter(({ name }) => name === 'lives');
  assert.deepEqual(viewParts(file!), [{ name: 'lives', sql: file!.sql, needs: file!.needs }]);
  assert.throws(() => viewParts({ ...file!, name: 'pod_address' }), /pod_address has no clause life/);
});
