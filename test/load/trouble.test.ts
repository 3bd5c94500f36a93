/** Tests local obstacles to `load`: a full disk, a read-only folder, another draintrace, and Ctrl-C. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { check, cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { assertSameDatabase, rowsOf } from './database.ts';
import { logFile, logText } from './log.ts';

const START = Date.UTC(2026, 0, 31, 8);

function fill(folder: string, objects: number, rows: number): string {
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  for (let i = 0; i < objects; i++) {
    writeFileSync(
      join(logs, `${String(i).padStart(3, '0')}.log.gz`),
      logFile({ rows, seed: i + 1, start: START + i * 1000 }),
    );
  }
  return logs;
}

/** Mounts a file system of this many bytes; null if this user may not mount. */
function mountSmall(
  folder: string,
  size: string,
): { path: string; run(...options: string[]): void; away(): void } | null {
  const path = join(folder, 'small');
  mkdirSync(path);
  const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'none', path);
  } catch (error) {
    console.error(`!!! no full disk was tested: ${(error as Error).message}`);
    if (process.env.CI === 'true') throw error;
    return null;
  }
  return {
    path,
    run: (...options) => mount('-o', options.join(','), path),
    away: () => execFileSync('umount', ['-l', path]),
  };
}

test('a disk that gets full ends load with one sentence; with more room the next run finishes it', async () => {
  const folder = freshFolder();
  const logs = fill(folder, 10, 6000);
  const small = mountSmall(folder, '7m');
  if (small === null) return;
  try {
    const db = join(small.path, 'x.duckdb');
    const load = () => cli(['load', logs, '--db', db, '--batch', '0.5', '--no-judge'], { timeout: 120_000 });
    check(expectStatus(await load(), 5), ({ stderr }) => {
      assert.match(stderr, /^draintrace: .*x\.duckdb cannot be written: the disk is full\n$/m);
    });
    assert.ok(!existsSync(`${db}.spool`), 'what was on its way is gone');
    small.run('remount', 'size=400m');
    expectStatus(await load(), 0);
    expectStatus(await cli(['load', logs, '--db', join(folder, 'whole.duckdb'), '--no-judge']), 0);
    await assertSameDatabase(join(folder, 'whole.duckdb'), db);
    // And one that cannot be written at all.
    small.run('remount', 'ro');
    check(expectStatus(await cli(['load', logs, '--db', join(small.path, 'new.duckdb')]), 5), ({ stderr }) => {
      assert.match(stderr, /^draintrace: .*new\.duckdb cannot be written: the file system is read-only\n$/);
    });
  } finally {
    small.away();
  }
});

test('a folder that may not be written: one sentence, and nothing is changed', async () => {
  const folder = freshFolder();
  const logs = fill(folder, 2, 100);
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  writeFileSync(join(folder, 'late.log.gz'), logFile({ rows: 10, seed: 9, start: START }));
  expectStatus(await cli(['load', logs, '--db', join(closed, 'x.duckdb')]), 0);
  // Root may write anywhere, so the program runs as another user.
  const nobody = process.getuid?.() === 0 ? 65534 : undefined;
  if (nobody !== undefined) {
    chmodSync(folder, 0o755);
    chownSync(join(closed, 'x.duckdb'), nobody, nobody);
  }
  chmodSync(closed, 0o555);
  const run = (args: string[]) =>
    new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
      const binary = join(ROOT, 'dist', 'bin', 'draintrace.js');
      const child = spawn(process.execPath, [binary, ...args], {
        uid: nobody,
        gid: nobody,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stderr }));
    });
  try {
    for (const db of ['new.duckdb', 'x.duckdb']) {
      const { code, stderr } = await run(['load', join(folder, 'late.log.gz'), '--db', join(closed, db)]);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /^draintrace: .*closed\/.*permission denied.*\n$/i);
    }
    assert.deepEqual(readdirSync(closed), ['x.duckdb']);
  } finally {
    chmodSync(closed, 0o755);
  }
});

test('a second draintrace on the same database waits, then says who holds it; if it is let go, it loads', async () => {
  const folder = freshFolder();
  const logs = fill(folder, 1, 100);
  const db = join(folder, 'x.duckdb');
  let holder = await DuckDBInstance.create(db, { threads: '1' });
  const refused = expectStatus(await cli(['load', logs, '--db', db, '--wait', '1']), 5);
  assert.match(refused.stderr, new RegExp(`x\\.duckdb is in use by process ${process.pid} .*waited 1 s for it`));
  holder.closeSync();
  holder = await DuckDBInstance.create(db, { threads: '1' });
  const waiting = startCli(['load', logs, '--db', db, '--wait', '60']);
  await delay(2000);
  assert.equal(waiting.child.exitCode, null, 'it waits');
  holder.closeSync();
  expectStatus(await waiting.done, 0);
});

test('the spool folder is for this user alone; a link in its place is removed and not followed', async () => {
  const folder = freshFolder();
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere, { mode: 0o755 });
  writeFileSync(join(elsewhere, '0.rows.parquet'), 'of somebody else');
  const spool = join(folder, 'x.duckdb.spool');
  symlinkSync(elsewhere, spool);
  // Nobody writes to the pipe, so the run waits after making its folder.
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { child, done } = startCli(['load', 'pipe', '--db', 'x.duckdb'], { cwd: folder });
  while (lstatSync(spool, { throwIfNoEntry: false })?.isDirectory() !== true) {
    assert.equal(child.exitCode, null, 'it runs');
    await delay(20);
  }
  assert.equal(lstatSync(spool).mode & 0o777, 0o700);
  await writeFile(pipe, logText({ rows: 5, seed: 1, start: START }));
  expectStatus(await done, 0);
  assert.ok(!existsSync(spool));
  assert.equal(readFileSync(join(elsewhere, '0.rows.parquet'), 'utf8'), 'of somebody else');
  assert.deepEqual(readdirSync(elsewhere), ['0.rows.parquet']);
});

test('Ctrl-C stores what is in hand and says where it stands; the next run goes on', async () => {
  const folder = freshFolder();
  const logs = fill(folder, 100, 1000);
  const db = join(folder, 'x.duckdb');
  const { child, done } = startCli(['load', logs, '--db', db, '--batch', '0.2', '--no-judge'], { timeout: 120_000 });
  while (!existsSync(`${db}.spool`)) await delay(20);
  await delay(300);
  child.kill('SIGINT');
  const run = check(expectStatus(await done, 130), ({ stderr }) => {
    assert.match(stderr, /^stopping after the current batch is stored; Ctrl-C again stops at once$/m);
    assert.match(stderr, /^\d+ objects? left to load; run again to go on$/m);
  });
  const left = Number(/(\d+) objects? left/.exec(run.stderr)![1]);
  const [ledger] = await rowsOf(db, 'SELECT count(*) AS n, coalesce(sum("rows"), 0) AS "rows" FROM log_object');
  assert.deepEqual(ledger, { n: 100 - left, rows: (100 - left) * 1000 });
  assert.ok(!existsSync(`${db}.spool`));
  expectStatus(await cli(['load', logs, '--db', db, '--no-judge'], { timeout: 120_000 }), 0);
  expectStatus(await cli(['load', logs, '--db', join(folder, 'whole.duckdb'), '--no-judge'], { timeout: 120_000 }), 0);
  await assertSameDatabase(join(folder, 'whole.duckdb'), db);
});

test('a second Ctrl-C stops at once, and nothing is half loaded', async () => {
  const folder = freshFolder();
  // One object that takes many seconds: a line of 32 GB.
  const chunk = gzipSync(Buffer.alloc(64 << 20, 0x20), { level: 1 });
  const long = join(folder, 'long.log.gz');
  writeFileSync(long, gzipSync(logText({ rows: 5, seed: 1, start: START })));
  for (let i = 0; i < 8; i++)
    writeFileSync(long, Buffer.concat(Array.from({ length: 64 }, () => chunk)), { flag: 'a' });
  const db = join(folder, 'x.duckdb');
  const { child, done } = startCli(['load', long, '--db', db, '--quiet'], { timeout: 120_000 });
  while (!existsSync(`${db}.spool`)) await delay(20);
  await delay(300);
  child.kill('SIGINT');
  await delay(700);
  assert.equal(child.exitCode, null, 'it finishes what is in hand');
  const second = Date.now();
  child.kill('SIGINT');
  expectStatus(await done, 130);
  assert.ok(Date.now() - second < 3000, `${Date.now() - second} ms after the second Ctrl-C`);
  assert.deepEqual(await rowsOf(db, 'SELECT count(*) AS n FROM log_object'), [{ n: 0 }]);
  rmSync(long);
});
