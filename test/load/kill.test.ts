/** A `load` that is killed anywhere and run again gives the database of one that was not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomNumbers } from '../fuzz/mutate.ts';
import { assertSameDatabase } from './database.ts';
import { logFile } from './log.ts';

const BINARY = fileURLToPath(new URL('../../dist/bin/draintrace.js', import.meta.url));
const OBJECTS = 12;
const ROWS = 4000;
/** CI and `make test-kill` ask for 100. */
const KILLS = Number(process.env.KILLS ?? 20);

/** Runs load; kills it after `killAfter` ms. Returns null when it was killed, else its exit code. */
function load(directory: string, db: string, keep: string, killAfter: number | null): Promise<number | null> {
  const args = [
    BINARY,
    'load',
    join(directory, 'logs'),
    '--db',
    join(directory, db),
    '--keep',
    keep,
    '--batch',
    '0.5',
    '--quiet',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const timer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

test(`killed ${KILLS} times at random moments, load ends with the same database`, { timeout: 600_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'draintrace-kill-'));
  try {
    mkdirSync(join(directory, 'logs'));
    for (let i = 0; i < OBJECTS; i++) {
      const log = logFile({
        rows: ROWS,
        seed: i + 1,
        start: Date.UTC(2026, 0, 31, 8, i),
        failEvery: 500,
        breakEvery: 701,
      });
      writeFileSync(join(directory, 'logs', `${String(i).padStart(2, '0')}.log.gz`), log);
    }
    writeFileSync(join(directory, 'logs', 'pods.csv'), 'pod,ip,deleted_at\nweb-1,10.0.9.9,2026-01-31T08:00:10Z\n');
    const began = Date.now();
    assert.equal(await load(directory, 'whole.duckdb', 'all', null), 0);
    const wholeTime = Date.now() - began;
    assert.equal(await load(directory, 'failures.duckdb', 'failures', null), 0);

    const random = randomNumbers(Date.now());
    let kills = 0;
    let databases = 0;
    let midway = 0;
    while (kills < KILLS) {
      const keep = databases % 4 === 3 ? 'failures' : 'all';
      const db = `killed-${databases++}.duckdb`;
      let tries = 0;
      for (;;) {
        // Later tries are given more time, so that every database is finished some day.
        const code = await load(directory, db, keep, kills >= KILLS ? null : 150 + random(wholeTime + tries * 60));
        tries++;
        if (code !== null) {
          assert.equal(code, 0);
          break;
        }
        kills++;
      }
      if (tries > 1) midway++;
      const rows = await assertSameDatabase(
        join(directory, keep === 'all' ? 'whole.duckdb' : 'failures.duckdb'),
        join(directory, db),
      );
      assert.ok(rows > 0);
      for (const suffix of ['', '.wal']) rmSync(join(directory, db + suffix), { force: true });
    }
    console.log(`killed ${kills} times over ${databases} databases, ${midway} of them begun more than once`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
