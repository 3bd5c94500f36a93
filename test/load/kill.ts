/** Kills `load` at random moments until it finishes, many times, and compares each database with one of a complete load. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../cli.ts';
import { randomNumbers } from '../fuzz/mutate.ts';
import { assertSameDatabase } from './database.ts';
import { logFile } from './log.ts';

const BINARY = join(ROOT, 'dist', 'bin', 'draintrace.js');
const OBJECTS = 12;
const ROWS = 2000;

/** Objects to load, by name: logs with failures and broken lines, and pods. */
export function killObjects(): [name: string, body: Buffer][] {
  const logs = Array.from({ length: OBJECTS }, (_, i): [string, Buffer] => [
    `${String(i).padStart(2, '0')}.log.gz`,
    logFile({ rows: ROWS, seed: i + 1, start: Date.UTC(2026, 0, 31, 8, i), failEvery: 500, breakEvery: 701 }),
  ]);
  return [...logs, ['pods.csv', Buffer.from('pod,ip,deleted_at\nweb-1,10.0.9.9,2026-01-31T08:00:10Z\n')]];
}

export interface Victim {
  /** Argument of `load`. */
  source: readonly string[];
  env: Record<string, string>;
  /** Folder for the databases. */
  folder: string;
}

/** Runs load and kills it after `killAfter` ms. Returns null after a kill, else the exit code. */
function load({ source, env }: Victim, db: string, keep: string, killAfter: number | null): Promise<number | null> {
  const args = [BINARY, 'load', ...source, '--db', db, '--keep', keep, '--batch', '0.25', '--quiet'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  const timer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

/** Kills at least `kills` times; every fourth database is loaded with --keep failures. Throws when any differs. */
export async function killAgainAndAgain(victim: Victim, kills: number): Promise<string> {
  const path = (name: string) => join(victim.folder, name);
  const began = Date.now();
  assert.equal(await load(victim, path('all.duckdb'), 'all', null), 0);
  let whole = Date.now() - began;
  assert.equal(await load(victim, path('failures.duckdb'), 'failures', null), 0);

  const seed = Date.now();
  const random = randomNumbers(seed);
  let killed = 0;
  let databases = 0;
  let again = 0;
  while (killed < kills) {
    const keep = databases % 4 === 3 ? 'failures' : 'all';
    const db = path(`killed-${databases++}.duckdb`);
    for (let tries = 0; ; tries++) {
      const started = Date.now();
      // Later tries get more time, so that every database is finished at some point.
      const code = await load(victim, db, keep, killed >= kills ? null : 150 + random(whole + tries * 60));
      if (code !== null) {
        assert.equal(code, 0, `load ended by itself with ${code}, seed ${seed}`);
        if (tries > 0) again++;
        // On a busy machine the first run may take many times longer than a later one, which would then never be killed.
        else whole = Math.min(whole, Date.now() - started);
        break;
      }
      killed++;
    }
    assert.ok((await assertSameDatabase(path(`${keep}.duckdb`), db)) > 0);
    for (const left of [db, `${db}.wal`, `${db}.spool`]) rmSync(left, { recursive: true, force: true });
  }
  return `killed ${killed} times over ${databases} databases, ${again} of them begun more than once, seed ${seed}`;
}
