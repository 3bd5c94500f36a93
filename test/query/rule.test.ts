/**
 * Tests the table of rules: rules of the `case` and rows match one to one, every word is known, each rule has two golden cases and
 * a near miss, and every combination of a failure's properties has a rule.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CAUSES, CONFIDENCES, MECHANISMS, PATTERNS, TOLD } from '../../src/query/word.ts';
import { selectAll } from '../../src/store/select.ts';
import { memoryDatabase } from './memory.ts';
import { CASES, type VerdictCase } from './verdict-case.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../queries/view/verdict/${file}`, import.meta.url), 'utf8').replace(/^\s*--.*$/gm, '');

const connection = await memoryDatabase();
const TABLE = await selectAll(connection, 'select * from rule');
const NAMES = TABLE.map(({ rule }) => String(rule));

/** Returns the words that the case expression ending in `as <column>` gives. */
function wordsOf(sql: string, column: string): string[] {
  const text = sql.slice(0, sql.search(new RegExp(`\\bend as ${column}\\b`)));
  const expression = text.slice(text.lastIndexOf('\n  case\n'));
  return [...new Set([...expression.matchAll(/\b(?:then|else)\s+'([^']+)'/g)].map((match) => match[1]!))];
}

test('the case and the table have the same rules, each once in the table', () => {
  assert.deepEqual(wordsOf(read('52-judged.sql'), 'rule').sort(), [...NAMES].sort());
  assert.equal(new Set(NAMES).size, NAMES.length);
});

test('causes of the table are words of src/query/word.ts, and all of them have a rule', () => {
  assert.deepEqual([...new Set(TABLE.flatMap(({ cause }) => cause ?? []))].sort(), [...CAUSES].sort());
  for (const { rule, cause, other_cause: other } of TABLE) {
    if (other !== null) assert.ok((CAUSES as readonly unknown[]).includes(other), `${rule} may also be ${other}`);
    assert.notEqual(other ?? '', cause, `${rule} has one cause twice`);
  }
});

test('confidences, patterns and told have the words of src/query/word.ts', () => {
  assert.deepEqual(wordsOf(read('54-concluded.sql'), 'confidence').sort(), [...CONFIDENCES].sort());
  assert.deepEqual(wordsOf(read('54-concluded.sql'), 'pattern').sort(), [...PATTERNS].sort());
  const macros = read('../00-macro.sql');
  const told = macros.slice(macros.indexOf('macro told(')).split(';')[0]!;
  assert.deepEqual([...told.matchAll(/\b(?:then|else) '(\w+)'/g)].map((m) => m[1]).sort(), [...TOLD].sort());
});

test('sentences fill every name that they use, and each bracket is closed', () => {
  const filled = new Set([...read('58-verdict.sql').matchAll(/^\s*when '(\w+)' then /gm)].map((match) => match[1]));
  for (const { rule, sentence, next_step: next } of TABLE) {
    for (const [, name] of `${sentence}`.matchAll(/\{(\w+)\}/g)) assert.ok(filled.has(name), `${rule}: {${name}}`);
    for (const [, name] of `${next}`.matchAll(/\{(\w+)\}/g)) assert.equal(name, 'kind', `${rule}: ${next}`);
    const brackets = `${sentence}`.replaceAll(/[^[\]]/g, '');
    assert.match(brackets, /^(\[\])*$/, `${rule}: ${sentence}`);
  }
});

test('each number of seconds in a sentence says that it is a bound', () => {
  for (const { rule, sentence } of TABLE) {
    for (const [, name] of `${sentence}`.matchAll(
      /(?<!at least )\{(after_\w+|next_after_ready|lateness|before_ready|grace_used)\}/g,
    )) {
      assert.fail(`${rule}: {${name}} is not "at least": ${sentence}`);
    }
  }
});

const rulesOf = ({ expected }: VerdictCase): unknown[] => expected.map(({ rule }) => rule);

/** Whether two lists differ in one entry: an added, a missing, or a changed one. */
function differInOne(a: readonly string[], b: readonly string[]): boolean {
  const only = (from: readonly string[], other: readonly string[]): number =>
    from.filter((entry) => !other.includes(entry)).length;
  const [left, right] = [only(a, b), only(b, a)];
  return left <= 1 && right <= 1 && left + right > 0;
}

const entriesOf = ({ rows, facts }: VerdictCase): string[] => [...rows, ...facts].map((entry) => JSON.stringify(entry));

for (const rule of NAMES) {
  test(`rule ${rule} has two golden cases, and one that differs in one fact and has another rule`, () => {
    const own = CASES.filter((one) => rulesOf(one).includes(rule));
    assert.ok(own.length >= 2, `${own.length} of test/golden/verdict name ${rule}: ${own.map(({ name }) => name)}`);
    const near = CASES.filter((one) => !rulesOf(one).includes(rule)).filter((one) =>
      own.some((hit) => differInOne(entriesOf(hit), entriesOf(one))),
    );
    assert.ok(near.length >= 1, `no case differs in one row or fact from ${own.map(({ name }) => name)}`);
  });
}

/** One random value for each kind of column of `compared`. Few values, so that all comparisons have all their outcomes. */
const TIMES = '-4000 -700 -400 -95 -61 -30 -11 -3 -1 0 1 3 11 30 61 95 400 700 4000'.split(' ');

async function fillCompared(rows: number): Promise<void> {
  const columns = await selectAll(
    connection,
    'select column_name as name, column_type as type from (describe compared)',
  );
  const pick = (name: string, values: readonly string[]): string =>
    `[${values.join(', ')}][1 + cast(hash(i, '${name}') % ${values.length} as bigint)]`;
  const shift = (name: string): string => `epoch + to_seconds(${pick(name, [...TIMES, ...TIMES.map(() => 'null')])})`;
  const randomOf = (name: string, type: string): string => {
    if (type === 'TIMESTAMP') return shift(name);
    if (type === 'BOOLEAN') return pick(name, ['true', 'false']);
    if (/INT|DOUBLE/.test(type)) return `cast(${pick(name, ['null', '0', '1', '2', '40', '600'])} as ${type})`;
    return pick(name, ['null', "'a'", "'b'"]);
  };
  const special: Record<string, string> = {
    object_id: 'cast(i as integer)',
    line: '1',
    mechanism: pick(
      'mechanism',
      MECHANISMS.map((word) => `'${word}'`),
    ),
    elapsed: `cast(${pick('elapsed', ['null', '0.01', '3', '60'])} as double)`,
    target_kind: pick('target_kind', ['null', "'pod'", "'ecs_task'", "'instance'", "'node_port'"]),
    deregistered_by: pick('deregistered_by', ['null', "'call'", "'listing'"]),
  };
  // A comparison follows from its times; the failure comes after the routing.
  const derived = ['routed_deletion', 'failed_deletion', 'routed_deregistration', 'routed_ready'];
  const plain = columns.filter(({ name }) => !derived.includes(String(name)));
  await connection.run(`create or replace temp table synthetic as
    select c.*,
      place(routed_at, deleted_earliest, deleted_latest) as routed_deletion,
      place(failed_at, deleted_earliest, deleted_latest) as failed_deletion,
      place(routed_at, deregistered_earliest, deregistered_latest) as routed_deregistration,
      place(routed_at, ready_earliest, ready_latest) as routed_ready
    from (
      select ${plain.map(({ name, type }) => `${special[String(name)] ?? randomOf(String(name), String(type))} as "${name}"`).join(', ')}
      from (select i, timestamp '2026-11-04 08:00:00' as epoch from range(${rows}) as r (i))
    ) c`);
  await connection.run(
    `create or replace view compared as select ${columns.map(({ name }) => `"${name}"`).join(', ')} from synthetic`,
  );
}

test('no combination of times and flags is without a rule', async () => {
  const rows = 60_000;
  await fillCompared(rows);
  const met = await selectAll(connection, 'select rule, count(*) as failures from judged group by rule');
  assert.equal(met.find(({ rule }) => rule === null)?.failures ?? 0, 0, 'failures without a rule');
  assert.equal(
    met.reduce((sum, { failures }) => sum + Number(failures), 0),
    rows,
  );
  const strange = met.filter(({ rule }) => !NAMES.includes(String(rule)));
  assert.deepEqual(strange, []);
  const kinds = new Set(met.map(({ rule }) => String(rule).split('.')[0]));
  assert.deepEqual([...kinds].sort(), [...new Set(NAMES.map((name) => name.split('.')[0]!))].sort());
});

test('no sentence prints a negative number, and each has a next step', async () => {
  await fillCompared(20_000);
  const said = await selectAll(
    connection,
    "select rule, because, next_step from verdict where because is null or next_step is null or regexp_matches(because, '[^0-9T-]-[0-9]') or contains(because, '{') or contains(because, '¤')",
  );
  assert.deepEqual(said, []);
  const [bounds] = await selectAll(
    connection,
    "select count(*) as n from verdict where contains(because, 'at least ')",
  );
  assert.ok(Number(bounds!.n) > 500);
});
