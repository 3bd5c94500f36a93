/**
 * `make score`: loads the stories of samples/stories and prints the score as Markdown. With names as arguments, prints only these
 * stories and each failure that is not right. `--json` prints the verdicts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../test/cli.ts';
import { withStories } from './accuracy/page.ts';
import { readStories } from './story/label.ts';
import { runStories } from './story/run.ts';
import { explainOutcome, scoreLine, tableOf } from './story/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    wrong: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});

const chosen = readStories().filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const outcomes = await runStories(chosen);

if (values.json) {
  process.stdout.write(`${JSON.stringify(outcomes, null, 1)}\n`);
} else if (values.wrong || positionals.length > 0) {
  for (const line of outcomes.flatMap(explainOutcome)) process.stdout.write(`${line}\n`);
  process.stdout.write(`${scoreLine(outcomes)}\n`);
} else {
  process.stdout.write(tableOf(outcomes));
}
if (values.page && positionals.length === 0) {
  const file = join(ROOT, 'docs', 'accuracy.md');
  writeFileSync(file, withStories(readFileSync(file, 'utf8'), tableOf(outcomes)));
}
