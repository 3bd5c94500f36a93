/** Runs every command that talks of targets, and looks for words of another kind of target in what it prints. */
import assert from 'node:assert/strict';
import { cli, expectStatus } from '../cli.ts';

/** Throws when a command prints one of the words. `trace` is the trace id of a failure, `limit` what `check` allows of it. */
export async function assertNoWord(db: string, trace: string, limit: number, word: RegExp): Promise<void> {
  for (const words of [
    ['trace'],
    ['evidence'],
    ['advise'],
    ['advise', '--patch'],
    ['report', '--format', 'text'],
    ['report', '--format', 'html'],
    ['explain', trace],
    ['doctor'],
    ['check', '--max', `draining_target=${limit}`, '--allow-missing'],
  ]) {
    const { stdout, stderr } = expectStatus(await cli([...words, '--db', db]), 0);
    assert.doesNotMatch(`${stdout}${stderr}`, word, words.join(' '));
  }
}
