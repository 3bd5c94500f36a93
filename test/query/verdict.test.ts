/**
 * Golden verdicts: each folder of test/golden/verdict has rows (rows.json, or access.log as it was), facts.json and, of
 * each failure in the order of the rows, what must come out. Only what expected.json names is compared.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { toCell } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { insert, memoryDatabase, rowsOf, type Values } from './memory.ts';

const FOLDER = new URL('../golden/verdict/', import.meta.url);

function read<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(new URL(`${name}/${file}`, FOLDER), 'utf8')) as T;
}

const TABLES = ['log_object', 'alb_log', ...Object.values(FACT_TABLES).map((table) => table.name)];
const connection = await memoryDatabase();
// Planned once: the views are large, the cases small. So the plan must not rest on what the tables hold.
await connection.run("set disabled_optimizers = 'statistics_propagation,empty_result_pullup'");
const statement = await connection.prepare('select * from verdict order by line');

async function verdictsOf(): Promise<Record<string, unknown>[]> {
  const result = await statement.run();
  const names = result.columnNames();
  const rows = (await result.fetchAllChunks()).flatMap((chunk) => chunk.convertRows(toCell));
  return rows.map((row) => Object.fromEntries(names.map((column, i) => [column, row[i]])));
}

for (const name of readdirSync(FOLDER).sort()) {
  test(`verdict: ${name}`, async () => {
    for (const table of TABLES) await connection.run(`delete from ${table}`);
    const log = new URL(`${name}/access.log`, FOLDER);
    const rows = existsSync(log) ? (rowsOf(readFileSync(log, 'utf8')) as Values[]) : read<Values[]>(name, 'rows.json');
    const facts: Values[] = read<Values[]>(name, 'facts.json').map((fact, i) => ({
      object_id: 2,
      line: i + 1,
      ...fact,
    }));
    await insert(connection, 'log_object', [
      { object_id: 1, uri: 'file:///access.log', kind: 'alb_access_log' },
      { object_id: 2, uri: 'file:///facts', kind: 'pods' },
    ]);
    await insert(
      connection,
      'alb_log',
      rows.map((row, i) => ({ object_id: 1, line: i + 1, ...row })),
    );
    for (const [kind, { name: table }] of Object.entries(FACT_TABLES)) {
      const own = facts.filter((fact) => fact.kind === kind);
      await insert(
        connection,
        table,
        own.map(({ kind: _, ...fact }) => fact),
      );
    }
    const verdicts = await verdictsOf();
    const expected = read<Record<string, unknown>[]>(name, 'expected.json');
    const found = verdicts.map((verdict, i) =>
      Object.fromEntries(Object.keys(expected[i] ?? verdict).map((key) => [key, verdict[key]])),
    );
    assert.deepEqual(found, expected, JSON.stringify(verdicts.map((v) => v.because)));
    for (const verdict of verdicts) assert.equal(typeof verdict.because, 'string', `line ${verdict.line} says nothing`);
  });
}
