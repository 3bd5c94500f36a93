/** Runs `advise`, whose lines are broken at 80 columns, and joins them again. */
import assert from 'node:assert/strict';
import { draintrace, type Run } from './world.ts';

/** Runs the command. No line is too wide but for a command, and the words matter here, not where lines are broken. */
export async function advised(words: readonly string[]): Promise<Run> {
  const ran = await draintrace(words);
  if (words.includes('--patch') || words.includes('--format')) return ran;
  for (const line of ran.stdout.split('\n'))
    assert.ok(line.length <= 80 || /^ +(?:patch +kubectl |annotation |`aws )/.test(line), line);
  return { ...ran, stdout: joined(ran.stdout) };
}

const joined = (text: string): string => text.replace(/\n {17}(?=\S)/g, ' ');
