/** `make score-agent`: scores the answers of `draintrace mcp` on every story of samples/stories, or on those that are named. */
import { runAgent } from './story/agent.ts';
import { readStories } from './story/label.ts';
import { explainOutcome, scoreLine } from './story/table.ts';

const names = process.argv.slice(2);
const outcomes = await runAgent(readStories().filter(({ name }) => names.length === 0 || names.includes(name)));
for (const outcome of outcomes) {
  if (names.length > 0) process.stdout.write(`${outcome.sentence}\n`);
  for (const line of explainOutcome(outcome)) process.stdout.write(`${line}\n`);
}
process.stdout.write(`${scoreLine(outcomes)}\n`);
