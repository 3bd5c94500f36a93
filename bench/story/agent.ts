/**
 * Scores answers for agents: loads a story, asks the built `draintrace mcp`, and builds an answer from the structured answers
 * alone, by a few fixed rules and without a language model. The judge is the one of all tools.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { unfenced } from '../../src/report/fence.ts';
import { cli, expectStatus, freshFolder } from '../../test/cli.ts';
import { Client } from '../../test/mcp/client.ts';
import { gradeOf, type Said } from './judge.ts';
import { inputOf, type Story } from './label.ts';
import type { Outcome } from './run.ts';

/** The answer to a user in one sentence, beside the verdict on each request. */
export interface AgentOutcome extends Outcome {
  sentence: string;
}

type Members = Record<string, unknown>;

/** Returns the members without the fences around the texts of others. */
const bare = (row: Members): Said =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? unfenced(value) : value]),
  );

/** Asks for the story of an empty target group: which target was last, and which came next. */
async function emptyGroups(client: Client): Promise<Said[]> {
  const statement = `select trace_id, left_pod, next_pod from verdict where cause = 'no_healthy_target'`;
  const { columns, rows } = await client.ask('sql', { statement, limit: 500 });
  return (rows as unknown[][]).map((row) =>
    bare(Object.fromEntries((columns as string[]).map((name, i) => [name, row[i]]))),
  );
}

/** Builds the sentence that an agent would say first, from the sums of `trace`. */
function sentenceOf({ causes, failures }: Members): string {
  const parts = (causes as Members[]).map(({ cause, failures: n, confidences, rules, fix }) => {
    const sure = Object.keys(confidences as Members).join(', ') || 'as the log shows';
    const named = (rules as { rule: string }[]).map(({ rule }) => rule).join(', ');
    return `${n} × ${cause} (${sure}; rule ${named}): ${fix}`;
  });
  return `${failures} failed. ${parts.join(' ')}`;
}

/** Returns the outcome of each story. */
export async function runAgent(stories: readonly Story[]): Promise<AgentOutcome[]> {
  const outcomes: AgentOutcome[] = [];
  for (const story of stories) {
    const folder = freshFolder();
    const db = join(folder, 'story.duckdb');
    const loaded = await cli(['load', inputOf(story.name), '--db', db, '--quiet']);
    // 4: a file of the story is none that the program knows.
    if (loaded.status !== 4) expectStatus(loaded, 0);
    const client = new Client(['--db', db]);
    const answer = await client.ask('trace', { all: true, limit: 500 });
    const told = (answer.failed_requests as Members[]).map(bare);
    const verdicts = new Map(told.map((said) => [String(said.trace_id), said]));
    if (told.some(({ cause }) => cause === 'no_healthy_target')) {
      for (const row of await emptyGroups(client)) {
        const id = String(row.trace_id);
        verdicts.set(id, { ...verdicts.get(id), ...row });
      }
    }
    await client.end();
    rmSync(folder, { recursive: true });
    const failures = Object.entries(story.failures).map(([traceId, label]) => {
      const said = verdicts.get(traceId);
      return { traceId, label, said, grade: gradeOf(label, said) };
    });
    const unlabelled = [...verdicts.keys()].filter((traceId) => !(traceId in story.failures));
    outcomes.push({ story, failures, unlabelled, skipped: [], sentence: sentenceOf(answer) });
  }
  return outcomes;
}

/** Returns every second story, so that the choice is nobody's: thirty of them. */
export const thirtyOf = (stories: readonly Story[]): Story[] => stories.filter((_, i) => i % 2 === 0).slice(0, 30);
