/** The labels of samples/stories are complete, and each README has what a reader needs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gradeOf, type Said } from '../../bench/story/judge.ts';
import { inputOf, type Label, type RightAnswer, readStories, STORIES, type Wanted } from '../../bench/story/label.ts';
import { CAUSES, MECHANISMS, PATTERNS } from '../../src/query/word.ts';
import { filesOf } from '../module.ts';
import { rowsOf } from '../query/memory.ts';

const stories = readStories();
const SECTIONS = ['## Evidence', '## Right answer', '## A tool may not claim', '## Source'];
const isFailure = (code: unknown): boolean => typeof code === 'number' && (code >= 500 || code === 460);

test('fifty stories or more, at least thirty of them from a public thread', () => {
  assert.ok(stories.length >= 50, `${stories.length} stories`);
  assert.ok(stories.filter(({ origin }) => origin === 'thread').length >= 30);
});

for (const { name, source, origin, failures } of stories) {
  test(`labels of ${name}`, () => {
    const rows = rowsOf(readFileSync(join(inputOf(name), 'access.log'), 'utf8'));
    const failed = rows.filter((row) => isFailure(row.elb_status_code));
    assert.deepEqual(failed.map(({ trace_id }) => trace_id).sort(), Object.keys(failures).sort());
    assert.ok(rows.length > failed.length || rows.length < 5, 'traffic that succeeded');
    for (const [traceId, { mechanism, answers, must_not = [] }] of Object.entries(failures)) {
      assert.ok((MECHANISMS as readonly string[]).includes(mechanism), `${traceId}: ${mechanism}`);
      assert.ok(answers.length > 0, traceId);
      for (const { cause, either, pattern = null } of answers) {
        for (const one of [pattern].flat())
          assert.ok(one === null || PATTERNS.some((known) => known === one), `${one}`);
        assert.ok((cause === undefined) !== (either === undefined), `${traceId}: a cause, or two that stay open`);
        const named = either ?? (cause === null ? [] : [cause!]);
        for (const one of named) assert.ok((CAUSES as readonly string[]).includes(one), `${traceId}: ${one}`);
        if (either) assert.notEqual(either[0], either[1]);
      }
      for (const pattern of must_not) assert.notDeepEqual(pattern, {}, `${traceId}: forbids everything`);
    }
    const isThread = /^[\w.-]+\/[\w.-]+#\d+$/.test(source);
    assert.equal(origin, isThread ? 'thread' : 'constructed');
    const readme = readFileSync(join(STORIES, name, 'README.md'), 'utf8');
    for (const section of SECTIONS) assert.ok(readme.includes(`\n${section}\n`), section);
    if (isThread) assert.ok(readme.includes(`https://github.com/${source.replace('#', '/issues/')}`), source);
  });
}

/** Returns a value that fits. */
function fitting(wanted: Wanted): unknown {
  if (Array.isArray(wanted)) return wanted[0];
  if (wanted === null || typeof wanted !== 'object') return wanted;
  const { min, max } = wanted as { min?: number; max?: number };
  return ((min ?? max)! + (max ?? min)!) / 2;
}

/** Returns a tool's verdict that gives this answer. */
function saying({ mechanism }: Label, { either, ...columns }: RightAnswer): Said {
  const said = Object.fromEntries(Object.entries(columns).map(([name, wanted]) => [name, fitting(wanted)]));
  if (either) return { mechanism, ...said, cause: either[0], other_cause: either[1], confidence: 'ambiguous' };
  return { mechanism, confidence: 'exact', ...said };
}

test('every answer can be given: nothing of must_not stands against it', () => {
  for (const { name, failures } of stories) {
    for (const [traceId, label] of Object.entries(failures)) {
      for (const answer of label.answers)
        assert.equal(gradeOf(label, saying(label, answer)), 'right', `${name} ${traceId}`);
    }
  }
});

test('each story forbids something: a tool that calls all targets healthy, or all draining, is harmful or wrong in most', () => {
  for (const cause of ['healthy_target', 'draining_target']) {
    const grades = stories.flatMap(({ failures }) =>
      Object.values(failures).map((label) =>
        gradeOf(label, { mechanism: label.mechanism, cause, confidence: 'exact' }),
      ),
    );
    assert.ok(grades.filter((grade) => grade === 'right').length < grades.length / 10, cause);
    assert.ok(grades.filter((grade) => grade === 'harmful').length > grades.length / 4, cause);
  }
});

test('no trace id occurs twice, and a story is nothing but its three parts', () => {
  const ids = stories.flatMap(({ failures }) => Object.keys(failures));
  assert.equal(new Set(ids).size, ids.length);
  for (const { name } of stories) {
    assert.deepEqual(readdirSync(join(STORIES, name)).sort(), ['README.md', 'expected.json', 'input']);
  }
});

test('together they are small', () => {
  const bytes = filesOf('samples/stories', '').map((file) => readFileSync(join(STORIES, '../..', file)).length);
  assert.ok(bytes.reduce((sum, one) => sum + one, 0) < 2_500_000);
});
