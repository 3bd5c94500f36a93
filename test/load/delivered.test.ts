/** An access log in JSON lines or as W3C extended log gives the same rows as the classic form. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FIELDS } from '../../src/alb/field.ts';
import { newSpans, split } from '../../src/alb/split.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

const CLASSIC = logText({ rows: 500, seed: 11, start: Date.UTC(2026, 0, 31, 8), failEvery: 40 });

/** Returns the values of a line by field, as logged. */
function valuesOf(line: string): string[] {
  const bytes = new TextEncoder().encode(line);
  const spans = newSpans();
  assert.ok(split(bytes, new DataView(bytes.buffer), 0, bytes.length, FIELDS.length, spans));
  return FIELDS.map((_, i) => new TextDecoder().decode(bytes.subarray(spans.start[i]!, spans.end[i]!)));
}

const NAMES = FIELDS.map(({ name }) => name.replace(':', '_'));
const LINES = CLASSIC.trimEnd().split('\n').map(valuesOf);
const JSON_LINES = LINES.map((values) => JSON.stringify(Object.fromEntries(NAMES.map((name, i) => [name, values[i]]))));
const W3C = ['#Version: 1.0', `#Fields: ${NAMES.join('\t')}`, ...LINES.map((values) => values.join('\t'))];

async function rowsFrom(text: string, ...options: string[]): Promise<{ stderr: string; db: string; rows: unknown[] }> {
  const folder = freshFolder();
  writeFileSync(join(folder, 'log.gz'), gzipSync(text));
  const run = expectStatus(await cli(['load', 'log.gz', ...options], { cwd: folder }), 0);
  const db = join(folder, 'draintrace.duckdb');
  return { stderr: run.stderr, db, rows: await rowsOf(db, 'SELECT * FROM alb_log ORDER BY line') };
}

test('the same rows from each format', async () => {
  const { rows } = await rowsFrom(CLASSIC);
  assert.equal(rows.length, 500);
  assert.deepEqual((await rowsFrom(`${JSON_LINES.join('\n')}\n`)).rows, rows);
  assert.deepEqual((await rowsFrom(`${W3C.join('\n')}\n`)).rows, rows);
});

test('failures alone, and a line that is no record, which is kept as it was', async () => {
  const bad = JSON_LINES[1]!.replace('"time":"2026', '"time":"in 2026');
  const text = [JSON_LINES[0], bad, '{"cut":', ...JSON_LINES.slice(2), ''].join('\n');
  const { stderr, db, rows } = await rowsFrom(text, '--keep', 'failures');
  assert.match(stderr, /1 object of ALB access log: 501 lines = 499 rows \+ 2 rejected/);
  assert.deepEqual(await rowsOf(db, 'SELECT line, reason, decode(raw) AS raw FROM rejected_line ORDER BY line'), [
    { line: 2, reason: 'bad_time', raw: bad },
    { line: 3, reason: 'bad_json', raw: '{"cut":' },
  ]);
  assert.equal(rows.length, 12);
  assert.deepEqual(await rowsOf(db, 'SELECT sum(requests)::INT AS n FROM alb_count'), [{ n: 487 }]);
});
