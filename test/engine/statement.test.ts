/** Tests statements for an engine that holds only files: relations, macros and parameters, without an engine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expand, readMacros } from '../../src/engine/macro.ts';
import { EVERYTHING, lakeRelations, rawRelations, trinoMacros, viewRelations } from '../../src/engine/relation.ts';
import { composeStatement, literal, timestampText } from '../../src/engine/statement.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { textOf, tokensOf } from '../../src/query/token.ts';

const macros = readMacros(`
  create or replace macro twice(a) as a + a; -- a comment
  create or replace macro both(a, b) as twice(a) || b;
`);
const expanded = (sql: string): string => textOf(expand(tokensOf(sql), macros));

test('macros are expanded in code, with their arguments held together', () => {
  assert.equal(expanded('select twice(x * 2) from t'), 'select ((x * 2) + (x * 2)) from t');
  assert.equal(expanded('select both(twice(x), f(1, 2))'), 'select ((((x + x)) + ((x + x))) || (f(1, 2)))');
  assert.equal(expanded('select \'twice(x)\', "twice"(1) -- twice(x)'), 'select \'twice(x)\', "twice"(1) -- twice(x)');
  assert.equal(expanded('select twice from t'), 'select twice from t');
  assert.throws(() => expanded('select twice(1, 2)'), /takes 1 arguments, not 2/);
  assert.throws(() => expanded('select twice(1'), /not closed/);
  assert.throws(() => readMacros('select 1;'), /not understood: select 1/);
});

test('only what is needed stands before the question, in order', () => {
  const relations = [
    { name: 'a', sql: 'select 1 as x', needs: [] },
    { name: 'b', sql: '-- Title: b\nselect * from a', needs: ['a'] },
    { name: 'c', sql: 'select 2', needs: [] },
  ];
  const compose = (sql: string, needs: string[]) => composeStatement(sql, needs, relations, macros);
  assert.equal(
    compose('select * from b', ['b']),
    'with a as (\nselect 1 as x\n),\nb as (\nselect * from a\n)\nselect * from b',
  );
  assert.match(
    compose('with own as (select * from a) select * from own', ['a']),
    /^with a as \([^)]*\), own as \(select/,
  );
  assert.throws(() => compose('with a as (select 1) select * from a', ['a']), /own a would hide/);
  assert.throws(() => compose('select * from d', ['d']), /there is no table or view d/);
});

test('no value can end the literal that it becomes', () => {
  assert.equal(literal({ type: 'text', value: "x' or '1'='1" }), "'x'' or ''1''=''1'");
  assert.equal(literal({ type: 'timestamp', value: 1793700000123456 }), "timestamp '2026-11-03 10:00:00.123456'");
  assert.equal(literal({ type: 'timestamp', value: null }), 'null');
  assert.equal(literal({ type: 'number', value: 1e-7 }), "cast('1e-7' as double)");
  assert.equal(timestampText(-1), '1969-12-31 23:59:59.999999');
  const bound = composeStatement("select '$a', $a", [], [], macros, { a: { type: 'integer', value: 7 } });
  assert.equal(bound, "select '$a', 7");
  assert.throws(() => composeStatement('select $b', [], [], macros), /parameter \$b has no value/);
});

test('every question of the catalogue becomes a statement in which no macro is left', async () => {
  const known = trinoMacros();
  const tables = await Promise.all([lakeRelations(EVERYTHING), rawRelations(EVERYTHING)]);
  const every = tables.flatMap((some) =>
    readCatalogue().map((query) => ({ ...query, relations: [...some, ...viewRelations()] })),
  );
  for (const { name, sql, needs, parameters, relations } of every) {
    const statement = composeStatement(sql, needs, relations, known, defaultValues(parameters));
    const tokens = tokensOf(statement);
    const left = tokens.filter(
      (token, i) => token.kind === 'name' && known.has(token.text) && tokens[i + 1]?.text === '(',
    );
    assert.deepEqual(left, [], name);
    assert.ok(!tokens.some(({ kind }) => kind === 'parameter'), name);
  }
});

test('both preludes have the macros that the questions use', () => {
  const known = trinoMacros();
  for (const { sql } of viewRelations()) {
    for (const name of ['seconds_between', 'later', 'earlier', 'place', 'is_narrow', 'seconds_text', 'time_text']) {
      if (sql.includes(`${name}(`)) assert.ok(known.has(name), name);
    }
  }
});

test('a window picks the folders of its days', async () => {
  const from = Date.UTC(2026, 10, 3, 10) * 1000;
  const window = { from, to: from + 1 };
  const log = (await lakeRelations(window)).find(({ name }) => name === 'alb_log')!;
  assert.match(
    log.sql,
    /where day >= '2026-11-03' and "time" >= 1793700000000000 and day <= '2026-11-03' and "time" < 1793700000000001$/,
  );
  // A request that was answered at the end of a day is delivered on the next day.
  const raw = (await rawRelations(window)).find(({ name }) => name === 'alb_log')!;
  assert.match(raw.sql, /day >= '2026\/11\/03' .*day <= '2026\/11\/04'/);
});

test('constant rows that are joined come out of an array: each VALUES would be a stage of its own', () => {
  const joined =
    "select * from a cross join (values ('x', -1), ('(', (2))) as k (kind, shift) cross join (select 1) as b";
  assert.equal(
    composeStatement(joined, [], [], new Map()),
    "select * from a cross join unnest(array[row('x', -1), row('(', (2))]) as k (kind, shift) cross join (select 1) as b",
  );
  const other = 'select * from (values (1)) as k (n) join (values (2)) as l (n) on k.n = l.n';
  assert.equal(composeStatement(other, [], [], new Map()), other);
});
