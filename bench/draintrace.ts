/** Runs the built program for the benchmark. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Measured, measure } from './measure.ts';

/** Path of the built program. */
export const PROGRAM = fileURLToPath(new URL('../dist/bin/draintrace.js', import.meta.url));

/** Removes a database and its companion files. */
export function forget(db: string): void {
  for (const path of [db, `${db}.wal`, `${db}.spool`]) rmSync(path, { recursive: true, force: true });
}

export function draintrace(
  args: readonly string[],
  env: Record<string, string> = {},
  accepted: readonly number[] = [0],
): Promise<Measured> {
  return measure(process.execPath, [PROGRAM, ...args], env, accepted);
}

/** Runs a TypeScript file of this folder and returns its output, which is JSON. */
export async function script<T>(file: string, args: readonly string[], env: Record<string, string> = {}) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const run = await measure(process.execPath, ['--import', 'tsx', path, ...args], env);
  return { ...(JSON.parse(run.stdout) as T), rss: run.rss };
}
