/** Tests the real program in a fresh folder: exit codes, streams, and a database that another process holds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { freshFolder, makeDatabase } from './world.ts';

const PROGRAM = fileURLToPath(new URL('../../src/bin/draintrace.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(words: string[], cwd: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', TSX, PROGRAM, ...words], { cwd, env: { ...process.env, ...env } });
  const ended = new Promise<Ended>((resolve) => {
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

test('nothing loaded, not a database, a folder: exit 5 and one sentence', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'text.duckdb'), 'no database '.repeat(2000));
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /^draintrace: draintrace\.duckdb does not exist: .*run draintrace load/],
    [{ DRAINTRACE_DB: 'text.duckdb' }, /^draintrace: text\.duckdb is not a DuckDB database/],
    [{ DRAINTRACE_DB: '.' }, /^draintrace: \. is a folder/],
  ];
  for (const [env, says] of cases) {
    const { code, stdout, stderr } = await start(['trace'], cwd, env).ended;
    assert.equal(code, 5, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
    assert.equal(stdout, '');
  }
});

test('a database that another process holds: waits, then says who has it', async () => {
  const db = await makeDatabase({});
  const instance = await DuckDBInstance.create(db, { threads: '1' });
  try {
    const before = Date.now();
    const { code, stderr } = await start(['trace', '--db', db, '--wait', '1'], freshFolder()).ended;
    assert.equal(code, 5, stderr);
    assert.match(stderr, new RegExp(`in use by process ${process.pid} .*waited 1 s`));
    assert.ok(Date.now() - before >= 1000);
  } finally {
    instance.closeSync();
  }
});

test('a reader that stops reading is no failure', async () => {
  const db = await makeDatabase({});
  const { child, ended } = start(['sql', 'select * from range(5000000)', '--db', db, '--format', 'csv'], freshFolder());
  child.stdout.once('data', () => child.stdout.destroy());
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
});

/** Waits until the process has opened the file, where the system shows that, else five seconds. */
async function opens(pid: number, path: string): Promise<void> {
  const folder = `/proc/${pid}/fd`;
  const isOpen = () =>
    readdirSync(folder).some((name) => {
      try {
        return readlinkSync(join(folder, name)) === path;
      } catch {
        return false;
      }
    });
  for (let tries = 0; tries < 600; tries++) {
    if (existsSync('/proc/self/fd') ? isOpen() : tries > 50) return;
    await sleep(100);
  }
}

test('Ctrl-C ends a running question with 130', async () => {
  const db = await makeDatabase({});
  const endless = 'select count(*) from range(100000000) a, range(1000000) b where a.range * b.range % 7 = 3';
  const { child, ended } = start(['sql', `select 1 union all (${endless})`, '--db', db], freshFolder());
  await opens(child.pid!, db);
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.equal(stderr, 'draintrace: interrupted\n');
});

test('bash can complete verbs and flags', async () => {
  const complete = (line: string, last: string) => start(['--complete', 'bash', line, last], freshFolder()).ended;
  assert.equal((await complete('draintrace tr', 'tr')).stdout, 'trace\n');
  assert.equal((await complete('draintrace trace --mech', '--mech')).stdout, '--mechanism\n');
});

test('sql --write changes the database, and only then', async () => {
  const cwd = freshFolder();
  const write = await start(['sql', '--write', 'create table note as select 1 as n'], cwd).ended;
  assert.equal(write.code, 0, write.stderr);
  const read = await start(['sql', 'select n from note', '--format', 'ndjson'], cwd).ended;
  assert.deepEqual([read.code, read.stdout], [0, '{"n":1}\n'], read.stderr);
});
