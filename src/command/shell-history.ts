/** Keeps the lines typed into the shell in a file that only its user can read. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publishFile } from '../publish/publish.ts';
import type { Effects } from './command.ts';

export const HISTORY_SIZE = 1000;

/** Returns the history file: DRAINTRACE_HISTORY, else under the state folder; null (if the variable is empty) keeps nothing. */
export function historyFile(env: Effects['env']): string | null {
  if (env.DRAINTRACE_HISTORY !== undefined) return env.DRAINTRACE_HISTORY || null;
  const state = env.XDG_STATE_HOME || (env.HOME && join(env.HOME, '.local', 'state'));
  return state ? join(state, 'draintrace', 'history') : null;
}

/** Returns the lines, newest first as readline expects them. */
export function readHistory(path: string | null): string[] {
  if (path === null) return [];
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean).reverse().slice(0, HISTORY_SIZE);
  } catch {
    return [];
  }
}

/** Stores the lines (newest first). A folder that cannot be written loses the history, but does not end the session. */
export async function writeHistory(path: string | null, lines: readonly string[]): Promise<void> {
  if (path === null) return;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const text = `${[...lines].reverse().join('\n')}\n`;
    await publishFile(path, (unfinished) => writeFile(unfinished, text), { mode: 0o600 });
  } catch {}
}
