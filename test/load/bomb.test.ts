/** Tests gzip bombs: what a few MB unpack to must fill neither memory nor disk, and later objects are not lost. */
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { measure } from '../../bench/measure.ts';
import { freshFolder, ROOT } from '../cli.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

/** GB to unpack; `make test-bomb` uses 10. */
const GIGABYTES = Number(process.env.BOMB_GB ?? 0.25);
const MEGABYTE = 1 << 20;
const BINARY = join(ROOT, 'dist', 'bin', 'draintrace.js');

/** Makes a gzip file of these bytes and then this many GB of `filler`. Concatenated gzip files are one gzip file. */
function bomb(before: string, filler: number, after = ''): Buffer {
  const chunk = gzipSync(Buffer.alloc(64 * MEGABYTE, filler), { level: 1 });
  const chunks = Array.from({ length: GIGABYTES * 16 }, () => chunk);
  return Buffer.concat([gzipSync(before), ...chunks, gzipSync(after)]);
}

async function load(folder: string, name: string) {
  const db = join(folder, `${name}.duckdb`);
  const run = await measure(process.execPath, [BINARY, 'load', join(folder, name), '--db', db], {}, [0, 3]);
  if (run.rss !== null) assert.ok(run.rss < 1e9, `${name}: ${run.rss} bytes of memory`);
  assert.ok(statSync(db).size < 20 * MEGABYTE, `${name}: ${statSync(db).size} bytes of disk`);
  assert.ok(!existsSync(`${db}.spool`));
  return { ...run, db };
}

test(`${GIGABYTES} GB in one line are one rejected line between the rows before and after it`, async () => {
  const folder = freshFolder();
  const [first, second, third] = logText({ rows: 3, seed: 1, start: Date.UTC(2026, 0, 31, 8) }).split('\n');
  writeFileSync(join(folder, 'line.log.gz'), bomb(`${first}\n${second}\n`, 0x20, `\n${third}\n`));
  const { db } = await load(folder, 'line.log.gz');
  assert.deepEqual(await rowsOf(db, 'SELECT status, lines, "rows", rejected FROM log_object'), [
    { status: 'complete', lines: 4, rows: 3, rejected: 1 },
  ]);
  assert.deepEqual(await rowsOf(db, 'SELECT line, reason, length, octet_length(raw) AS kept FROM rejected_line'), [
    { line: 3, reason: 'line_too_long', length: GIGABYTES * 1024 * MEGABYTE, kept: 65536 },
  ]);
});

test(`${GIGABYTES} GB of zeros between two rows are one rejected line`, async () => {
  const folder = freshFolder();
  const [first, second] = logText({ rows: 2, seed: 1, start: Date.UTC(2026, 0, 31, 8) }).split('\n');
  writeFileSync(join(folder, 'zeros.log.gz'), bomb(`${first}\n`, 0, `\n${second}\n`));
  const { db } = await load(folder, 'zeros.log.gz');
  assert.deepEqual(await rowsOf(db, 'SELECT lines, "rows", rejected FROM log_object'), [
    { lines: 3, rows: 2, rejected: 1 },
  ]);
});

test(`${GIGABYTES} GB of zeros alone are told by their first bytes`, async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'nothing.log.gz'), bomb('', 0));
  const { db, wall } = await load(folder, 'nothing.log.gz');
  assert.deepEqual(await rowsOf(db, 'SELECT status FROM log_object'), [{ status: 'skipped' }]);
  assert.ok(wall < 60);
});

test(`${GIGABYTES} GB in a list of pods are refused in one sentence`, async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'pods.json.gz'), bomb('{"apiVersion":"v1","kind":"PodList","items":[', 0x20, ']}'));
  const { stderr } = await load(folder, 'pods.json.gz');
  assert.match(stderr, /pods\.json\.gz: one JSON value of more than 128 MiB; split it and load the parts/);
});
