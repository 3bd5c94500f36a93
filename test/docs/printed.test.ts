/** Compares the tables of causes, rules and thresholds in the documents with the code. `make docs` rewrites them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PAGES, printed } from './printed.ts';

for (const page of PAGES) {
  test(`the printed parts of ${page} are as the code has them`, async () => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
    assert.match(text, /<!-- printed: \w+ -->/);
    assert.equal(text, await printed(page), 'run `make docs`');
  });
}

test('docs/verdicts.md holds every rule and every threshold', () => {
  const text = readFileSync(new URL('../../docs/verdicts.md', import.meta.url), 'utf8');
  assert.ok([...text.matchAll(/^\| `\w+\.\w+` \|/gm)].length > 70);
  assert.match(text, /^\| `clock_slack` \| 2 s \| /m);
  assert.match(text, /^\| `race_seconds` \| 0\.05 s \| /m);
});
