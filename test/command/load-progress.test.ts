/** Tests the progress of load: repainted on a terminal, plain lines every few seconds elsewhere, nothing with --quiet. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Effects } from '../../src/command/command.ts';
import { Progress } from '../../src/command/load-progress.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { logFile } from '../load/log.ts';

/** Makes an output, with or without terminal, and a manual clock. */
function world(isTTY: boolean, columns = 200) {
  const written: string[] = [];
  const output = {
    isTTY,
    columns,
    rows: 24,
    write: async (text: string | Uint8Array) => {
      written.push(String(text));
    },
  };
  const clock = { seconds: 0 };
  const effects: Effects = {
    stdout: output,
    stderr: output,
    stdin: Readable.from([]),
    env: {},
    now: () => clock.seconds * 1e6,
    signal: new AbortController().signal,
  };
  return { written, clock, effects };
}

/** Ten objects of 10 MB. One of them is read after each second. */
function run(isTTY: boolean, quiet: boolean, seconds: number, columns?: number): string[] {
  const { written, clock, effects } = world(isTTY, columns);
  const progress = new Progress(effects, quiet);
  progress.planned(10, 100e6);
  for (let second = 1; second <= seconds; second++) {
    clock.seconds = second;
    progress.read(70e6, 100_000, 12);
    progress.done(10e6);
  }
  progress.end();
  return written;
}

test('plain lines come every five seconds', () => {
  assert.deepEqual(run(false, false, 10), [
    '4/10 objects, 500,000 rows, 70 MB/s of text, 8 s left, 60 failures so far\n',
    '9/10 objects, 1,000,000 rows, 70 MB/s of text, 2 s left, 120 failures so far\n',
  ]);
});

test('on a terminal one line is repainted, never wider than it, and taken away at the end', () => {
  const painted = run(true, false, 3, 40);
  assert.equal(painted.at(-1), '\r\x1b[2K');
  assert.equal(painted.length, 4);
  for (const text of painted.slice(0, -1)) {
    assert.match(text, /^\r\x1b\[2K\d\/10 objects, /);
    assert.ok(text.length - '\r\x1b[2K'.length < 40);
  }
});

test('--quiet paints nothing', () => {
  assert.deepEqual(run(true, true, 10), []);
  assert.deepEqual(run(false, true, 10), []);
});

test('the real program repaints on a terminal and does not elsewhere', async () => {
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'logs'));
  for (let i = 0; i < 40; i++) {
    const log = logFile({ rows: 2500, seed: i + 1, start: Date.UTC(2026, 0, 31, 8), failEvery: 100 });
    writeFileSync(join(cwd, 'logs', `${i}.log.gz`), log);
  }
  const plain = expectStatus(await cli(['load', 'logs', '--db', 'plain.duckdb'], { cwd }), 0);
  assert.ok(!plain.stderr.includes('\x1b'));
  const program = `${process.execPath} ${join(ROOT, 'dist', 'bin', 'draintrace.js')} load logs`;
  // util-linux's `script` runs a command on its own terminal.
  const seen = (flags: string, db: string) =>
    execFileSync('script', ['-qefc', `${program} --db ${db} ${flags}`, '/dev/null'], { cwd, encoding: 'utf8' });
  const painted = seen('', 'terminal.duckdb');
  assert.match(painted, /\r\x1b\[2K\d+\/40 objects, [\d,]+ rows, [\d.]+ MB\/s of text.*[\d,]+ failures? so far/);
  assert.match(painted, /\r\x1b\[2Kloaded 40 objects of ALB access log: 100,000 lines = 100,000 rows/);
  assert.equal(seen('--quiet', 'quiet.duckdb'), '');
});
