/**
 * Scores the program on samples/stories. wrong-today.json lists its present errors. A story that becomes right leaves the list,
 * and no other may join it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readStories } from '../../bench/story/label.ts';
import { isRight, runStories } from '../../bench/story/run.ts';
import { explainOutcome, scoreLine, tableOf } from '../../bench/story/table.ts';

const known = JSON.parse(readFileSync(new URL('wrong-today.json', import.meta.url), 'utf8')) as string[];

test('every story that is not known to be wrong is right', async (context) => {
  const outcomes = await runStories(readStories());
  const wrong = outcomes.filter((outcome) => !isRight(outcome!));
  for (const line of wrong.flatMap(explainOutcome)) context.diagnostic(line);
  context.diagnostic(scoreLine(outcomes));
  assert.deepEqual(
    wrong.map(({ story }) => story.name),
    known,
    'test/story/wrong-today.json lists the stories that are wrong: take out those that are right now, repair the others',
  );
  assert.equal(tableOf(outcomes).trimEnd().split('\n').length, outcomes.length + 4, 'a line for each story');
});

test('a failure that the program reports and nobody labelled makes a story wrong', async () => {
  const [story] = readStories();
  const [outcome] = await runStories([{ ...story!, failures: {} }]);
  assert.equal(outcome!.unlabelled.length, Object.keys(story!.failures).length);
  assert.ok(!isRight(outcome!));
  assert.match(explainOutcome(outcome!)[0]!, /has a verdict and no label$/);
});
