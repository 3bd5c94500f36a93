/** Tests damaged and hostile input: whole lines before the damage are kept, and the object is marked as damaged. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 0, 31, 8);

test('a gzip truncated at every byte keeps the whole lines that are left and is marked damaged', async () => {
  const folder = freshFolder();
  const text = logText({ rows: 4, seed: 5, start: START });
  const whole = gzipSync(text, { level: 9 });
  mkdirSync(join(folder, 'logs'));
  for (let length = 1; length < whole.length; length++) {
    writeFileSync(join(folder, 'logs', `${String(length).padStart(5, '0')}.log.gz`), whole.subarray(0, length));
  }
  writeFileSync(join(folder, 'logs', 'whole.log.gz'), whole);
  const run = await cli(['load', 'logs'], { cwd: folder });
  expectStatus(run, 4);
  const objects = await rowsOf(
    join(folder, 'draintrace.duckdb'),
    `SELECT status, detail, lines, "rows", rejected, size FROM log_object WHERE uri NOT LIKE '%whole%' ORDER BY size`,
  );
  assert.equal(objects.length, whole.length - 1);
  for (const object of objects) {
    // One byte is shorter than gzip's magic bytes. Everything longer is recognised as truncated.
    if (object.size === 1) assert.equal(object.status, 'skipped');
    else assert.deepEqual([object.status, object.detail], ['damaged', 'truncated gzip'], `cut at ${object.size}`);
    assert.equal(object.lines, Number(object.rows) + Number(object.rejected));
  }
  const kept = objects.map((object) => Number(object.rows));
  assert.deepEqual(
    kept,
    kept.toSorted((a, b) => a - b),
    'more bytes, more rows',
  );
  assert.equal(kept.at(-1), 4, 'only the checksum is missing: all rows are there');
  const [complete] = await rowsOf(
    join(folder, 'draintrace.duckdb'),
    `SELECT status, "rows" FROM log_object WHERE uri LIKE '%whole%'`,
  );
  assert.deepEqual(complete, { status: 'complete', rows: 4 });
  // Nothing is invented: every row of a truncated object equals a row of the whole object in all columns.
  const [strange] = await rowsOf(
    join(folder, 'draintrace.duckdb'),
    `WITH w AS (SELECT * EXCLUDE (object_id) FROM alb_log WHERE object_id = (SELECT object_id FROM log_object WHERE uri LIKE '%whole%'))
     SELECT count(*) AS n FROM (SELECT DISTINCT * EXCLUDE (object_id) FROM alb_log EXCEPT FROM w)`,
  );
  assert.deepEqual(strange, { n: 0 });
});

test('where nothing but damage was given, nothing could be used', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'head.log.gz'), gzipSync(logText({ rows: 4, seed: 5, start: START })).subarray(0, 20));
  writeFileSync(join(folder, 'head.parquet'), 'PAR1, and no more');
  for (const name of ['head.log.gz', 'head.parquet']) {
    const { stderr } = expectStatus(await cli(['load', name], { cwd: folder }), 3);
    assert.match(stderr, /^1 damaged object, loaded up to the damage/m);
  }
});

test('bad CRC, bad length, flipped bytes, no bytes, binary, a folder and a link named like a log', async () => {
  const folder = freshFolder();
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const whole = gzipSync(logText({ rows: 2000, seed: 9, start: START }));
  const flipped = (at: number) => {
    const copy = Buffer.from(whole);
    copy[at]! ^= 0xff;
    return copy;
  };
  writeFileSync(join(logs, 'crc.log.gz'), flipped(whole.length - 6));
  writeFileSync(join(logs, 'length.log.gz'), flipped(whole.length - 2));
  writeFileSync(join(logs, 'flipped.log.gz'), flipped(Math.floor(whole.length / 2)));
  writeFileSync(join(logs, 'empty.log.gz'), '');
  writeFileSync(join(logs, 'binary.log.gz'), Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 251)));
  mkdirSync(join(logs, 'folder.log.gz'));
  copyFileSync(join(logs, 'crc.log.gz'), join(logs, 'folder.log.gz', 'crc again.log.gz'));
  symlinkSync(logs, join(logs, 'loop.log.gz'));
  const run = await cli(['load', 'logs'], { cwd: folder });
  expectStatus(run, 4);
  const objects = await rowsOf(
    join(folder, 'draintrace.duckdb'),
    `SELECT regexp_extract(uri, '[^/]*$') AS name, status, detail, "rows" FROM log_object ORDER BY name`,
  );
  const byName = Object.fromEntries(objects.map(({ name, ...rest }) => [name, rest]));
  assert.deepEqual(byName['crc.log.gz'], { status: 'damaged', detail: 'bad CRC', rows: 2000 });
  assert.deepEqual(byName['length.log.gz'], { status: 'damaged', detail: 'bad length', rows: 2000 });
  assert.equal(byName['flipped.log.gz']!.status, 'damaged');
  assert.ok(Number(byName['flipped.log.gz']!.rows) > 800, 'the rows before the flipped byte are kept');
  assert.equal(byName['empty.log.gz']!.status, 'skipped');
  assert.equal(byName['binary.log.gz']!.status, 'skipped');
  assert.equal(
    objects.filter(({ name }) => /^crc( again|%20again)?\.log\.gz$/.test(String(name))).length,
    2,
    'the folder was entered, the loop was not',
  );
  assert.match(run.stderr, /damaged/);
});

test('NUL bytes, invalid UTF-8, CRLF, a line of 100 MB and a missing last line feed', async () => {
  const folder = freshFolder();
  const [first, second, third, fourth] = logText({ rows: 4, seed: 3, start: START }).split('\n') as [
    string,
    string,
    string,
    string,
  ];
  const lines = [
    Buffer.from(`${first}\r\n`),
    Buffer.from(`${second.replace('Mozilla', 'Moz\0illa')}\n`),
    Buffer.concat([Buffer.from(third.slice(0, 300)), Buffer.from([0xff, 0xfe]), Buffer.from(`${third.slice(300)}\n`)]),
    Buffer.from(`${'x'.repeat(100e6)}\n`),
    Buffer.from('\n'),
    Buffer.from(fourth),
  ];
  writeFileSync(join(folder, 'odd.log'), Buffer.concat(lines));
  expectStatus(await cli(['load', 'odd.log'], { cwd: folder }), 0);
  assert.deepEqual(await rowsOf(join(folder, 'draintrace.duckdb'), 'SELECT line FROM alb_log ORDER BY line'), [
    { line: 1 },
    { line: 6 },
  ]);
  assert.deepEqual(
    await rowsOf(
      join(folder, 'draintrace.duckdb'),
      'SELECT line, reason, length, octet_length(raw) AS kept FROM rejected_line ORDER BY line',
    ),
    [
      { line: 2, reason: 'nul_byte', length: second.length + 1, kept: second.length + 1 },
      { line: 3, reason: 'invalid_utf8', length: third.length + 2, kept: third.length + 2 },
      { line: 4, reason: 'line_too_long', length: 100e6, kept: 65536 },
      { line: 5, reason: 'empty_line', length: 0, kept: 0 },
    ],
  );
  assert.deepEqual(await rowsOf(join(folder, 'draintrace.duckdb'), 'SELECT lines, "rows", rejected FROM log_object'), [
    { lines: 6, rows: 2, rejected: 4 },
  ]);
});
