/**
 * Golden answers: test/golden/query/NAME.json has, for each case, the parameters and the rows of queries/NAME.sql over the one
 * small database beside it. A differing answer is written beside it as NAME.changed.json.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { GROUPS, readCatalogue } from '../../src/query/catalogue.ts';
import { type BoundValue, defaultValues, typedValue } from '../../src/query/parameter.ts';
import { keptViews } from '../../src/store/judge.ts';
import { keepViews } from '../../src/store/materialised-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { parseTypedTime } from '../../src/time/typed.ts';
import { fillGoldenDatabase } from './golden-database.ts';
import { memoryDatabase } from './memory.ts';

const FOLDER = new URL('../golden/query/', import.meta.url);

interface Case {
  parameters: Record<string, string>;
  rows: Record<string, unknown>[];
}

const catalogue = readCatalogue();
const connection = await memoryDatabase();
await fillGoldenDatabase(connection);
// As in a database that is judged; test/store/judge.test.ts compares the kept rows with the views.
await keepViews(connection, keptViews());

const jsonOf = (cases: readonly Case[]): string =>
  `[${cases
    .map(({ parameters, rows }) => {
      const lines = rows.map((row) => `\n    ${JSON.stringify(row)}`).join(',');
      return `\n  {"parameters": ${JSON.stringify(parameters)}, "rows": [${lines}\n  ]}`;
    })
    .join(',')}\n]\n`;

for (const query of catalogue) {
  test(`${query.name} answers as it did`, async () => {
    const golden = new URL(`${query.name}.json`, FOLDER);
    const changed = new URL(`${query.name}.changed.json`, FOLDER);
    const cases: Case[] = existsSync(golden)
      ? (JSON.parse(readFileSync(golden, 'utf8')) as Case[])
      : [{ parameters: {}, rows: [] }];
    const found: Case[] = [];
    for (const { parameters } of cases) {
      const values: Record<string, BoundValue> = defaultValues(query.parameters);
      for (const [name, text] of Object.entries(parameters)) {
        const parameter = query.parameters.find((known) => known.name === name);
        assert.ok(parameter, `${query.name} has no parameter ${name}`);
        values[name] = typedValue(parameter, text, (time) => parseTypedTime(time, 0))!;
      }
      found.push({ parameters, rows: await selectAll(connection, query.sql, values) });
    }
    rmSync(changed, { force: true });
    try {
      assert.ok(existsSync(golden), `${query.name} has no golden answer`);
      assert.deepEqual(found, cases);
    } catch (error) {
      if (!process.env.CI) writeFileSync(changed, jsonOf(found));
      throw error;
    }
  });
}

test('each golden answer belongs to a query, and some case of it has rows', () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && !name.includes('.changed.'));
  assert.deepEqual(names.sort(), catalogue.map(({ name }) => `${name}.json`).sort());
  for (const name of names) {
    const cases = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Case[];
    assert.ok(
      cases.some(({ rows }) => rows.length > 0),
      `${name}: a query that finds nothing proves nothing`,
    );
  }
});

test('at least 25 questions, some of every group', () => {
  assert.ok(catalogue.length >= 25);
  for (const group of GROUPS)
    assert.ok(
      catalogue.some((query) => query.group === group),
      group,
    );
});

test('Needs names what is read', () => {
  for (const { name, sql, needs } of catalogue) {
    const code = sql.replace(/--.*$/gm, '');
    const own = new Set([...code.matchAll(/(?:with|,)\s+(\w+) as \(/g)].map((match) => match[1]!));
    // Not the FROM of EXTRACT(hour FROM minute), of IS DISTINCT FROM, or a parameter.
    const read = [...code.matchAll(/(?<!distinct |\$)\b(?:from|join) (\w+)/g)].map((match) => match[1]!);
    const foreign = new Set(read.filter((word) => !own.has(word) && word !== 'minute'));
    assert.deepEqual([...foreign].sort(), [...needs].sort(), name);
  }
});
