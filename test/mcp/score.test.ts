/** Scores answers that are built from the tools alone on thirty labelled stories, and compares the figure with docs/agents.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAgent, thirtyOf } from '../../bench/story/agent.ts';
import { readStories } from '../../bench/story/label.ts';
import { isRight } from '../../bench/story/run.ts';
import { explainOutcome, scoreLine } from '../../bench/story/table.ts';
import { ROOT } from '../cli.ts';

test('on thirty stories an answer from the tools alone names the right cause', async (context) => {
  const stories = thirtyOf(readStories());
  assert.equal(stories.length, 30);
  const outcomes = await runAgent(stories);
  const wrong = outcomes.filter((outcome) => !isRight(outcome));
  for (const line of wrong.flatMap(explainOutcome)) context.diagnostic(line);
  const line = scoreLine(outcomes);
  context.diagnostic(line);
  assert.deepEqual(wrong, []);
  for (const { sentence, story } of outcomes) assert.match(sentence, /^\d+ failed\. \d+ × \w+ \(/, story.name);
  assert.ok(readFileSync(join(ROOT, 'docs', 'agents.md'), 'utf8').includes(line), `docs/agents.md has not: ${line}`);
});
