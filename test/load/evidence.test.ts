/** Tests evidence of any size: many small files and large ones load with bounded memory, and too large ones are named. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { measure } from '../../bench/measure.ts';
import { check, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { rowsOf } from './database.ts';

const BINARY = join(ROOT, 'dist', 'bin', 'draintrace.js');
/** docs/load.md: 400 MB for DuckDB and some 400 MB for reading. */
const PROMISED = 800e6;
const START = Date.UTC(2026, 2, 9, 7);

const pod = (i: number, padding = '') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `basket-${i}`,
    namespace: 'store',
    uid: `0000-${i}`,
    creationTimestamp: '2026-03-09T06:00:00Z',
    annotations: { padding },
  },
  spec: { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] },
  status: { phase: 'Running', podIP: `10.30.${(i >> 8) & 255}.${i & 255}`, conditions: [] },
});

async function load(folder: string, name: string, accepted = [0]) {
  const db = join(folder, `${name}.duckdb`);
  const run = await measure(process.execPath, [BINARY, 'load', join(folder, name), '--db', db], {}, accepted);
  return { ...run, db };
}

test('a thousand small files go in with the default memory, one transaction', async () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'many'));
  for (let i = 0; i < 1000; i++) {
    const at = new Date(START + i * 5000).toISOString().slice(0, 19).replaceAll(':', '-');
    const list = { kind: 'List', apiVersion: 'v1', items: [0, 1, 2, 3].map((n) => pod(n)) };
    writeFileSync(join(folder, 'many', `pods@${at}Z.json`), JSON.stringify(list));
  }
  const { db, rss } = await load(folder, 'many');
  if (rss !== null) assert.ok(rss < 400e6, `${rss} bytes of memory`);
  const [sum] = await rowsOf(
    db,
    `SELECT count(*) AS objects, sum("rows") AS pods,
      (SELECT count(DISTINCT object_id) FROM pod_fact) AS saying FROM log_object`,
  );
  assert.deepEqual(sum, { objects: 1000, pods: 4000, saying: 1000 });
});

test('a long watch is read as it comes', async () => {
  const folder = freshFolder();
  const file = openSync(join(folder, 'watch.json'), 'w');
  const pods = Array.from({ length: 50 }, (_, i) => ({ ...pod(i, 'p'.repeat(5000)) }));
  for (let i = 0; i < 30_000; i++) {
    const at = new Date(START + i * 100).toISOString();
    writeSync(file, `${JSON.stringify({ capturedAt: at, type: 'MODIFIED', object: pods[i % 50] })}\n`);
  }
  closeSync(file);
  const { db, rss } = await load(folder, 'watch.json');
  // 160 MB of text: memory holds the pods, not the text.
  if (rss !== null) assert.ok(rss < 400e6, `${rss} bytes of memory`);
  assert.deepEqual(await rowsOf(db, 'SELECT lines, "rows" FROM log_object'), [{ lines: 30_000, rows: 30_000 }]);
  assert.deepEqual(await rowsOf(db, 'SELECT count(DISTINCT name) AS pods FROM pod_fact'), [{ pods: 50 }]);
});

test('a listing of a whole cluster stays below what docs/load.md promises', async () => {
  const folder = freshFolder();
  const file = openSync(join(folder, 'list.json'), 'w');
  writeSync(file, '{"apiVersion":"v1","items":[');
  for (let i = 0; i < 60_000; i++)
    writeSync(file, `${i > 0 ? ',' : ''}${JSON.stringify(pod(i, 'p'.repeat(700)), null, 1)}`);
  writeSync(file, '],"kind":"List"}');
  closeSync(file);
  const { db, rss } = await load(folder, 'list.json');
  if (rss !== null) assert.ok(rss < PROMISED, `${rss} bytes of memory`);
  assert.deepEqual(await rowsOf(db, 'SELECT "rows", rejected FROM log_object'), [{ rows: 60_000, rejected: 0 }]);
});

test('a listing of 200,000 pods with next to nothing in each takes memory for them, not for its text', async () => {
  const folder = freshFolder();
  const file = openSync(join(folder, 'bare.json'), 'w');
  writeSync(file, '{"kind":"List","items":[');
  for (let i = 0; i < 200_000; i++) {
    const uid = String(i).padStart(12, '0');
    const metadata = `{"name":"web","namespace":"store","uid":"${uid}","creationTimestamp":"2026-03-09T06:00:00Z"}`;
    writeSync(file, `${i > 0 ? ',' : ''}{"kind":"Pod","metadata":${metadata},"status":{"podIP":"10.30.0.1"}}`);
  }
  writeSync(file, ']}');
  closeSync(file);
  const { db, rss, wall } = await load(folder, 'bare.json');
  // 450 MB were measured; 480,000 take 690 MB.
  if (rss !== null) assert.ok(rss < 600e6, `${rss} bytes of memory`);
  assert.ok(wall < 240, `${wall} s`);
  assert.deepEqual(await rowsOf(db, 'SELECT "rows", rejected FROM log_object'), [{ rows: 200_000, rejected: 0 }]);
});

test('packed evidence that unpacks to more than is read at once is named, and what lies beside it goes in', async () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'bombs'));
  const filler = gzipSync(Buffer.alloc(64 << 20, 'x'), { level: 1 });
  const bomb = Buffer.concat([gzipSync('{"kind":"List","items":[{"kind":"Pod","spec":"'), ...Array(5).fill(filler)]);
  for (let i = 0; i < 3; i++) writeFileSync(join(folder, 'bombs', `${i}.json.gz`), bomb);
  writeFileSync(join(folder, 'bombs', 'sound.json'), JSON.stringify({ kind: 'List', items: [pod(1)] }));
  const { db, rss, stderr } = await load(folder, 'bombs', [4]);
  if (rss !== null) assert.ok(rss < 1.2e9, `${rss} bytes of memory`);
  assert.match(stderr, /3 objects not loaded/);
  assert.match(stderr, /bombs\/0\.json\.gz: one JSON value of more than \d+ MiB/);
  assert.deepEqual(await rowsOf(db, 'SELECT kind, "rows" FROM log_object'), [{ kind: 'kubectl_pods_json', rows: 1 }]);
});

test('standard input leaves nothing behind: new, known and refused', async () => {
  const folder = freshFolder();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const env = { TMPDIR: temporary };
  const input = JSON.stringify({ kind: 'List', items: [pod(1)] });
  const pipe = (args: string[], content: string) =>
    cli(['load', '-', '--db', 'x.duckdb', '--no-judge', ...args], { cwd: folder, env, input: content });
  check(expectStatus(await pipe([], input), 0), ({ stderr }) =>
    assert.match(stderr, /loaded 1 object of kubectl pods/),
  );
  check(expectStatus(await pipe([], input), 0), ({ stderr }) => assert.match(stderr, /1 object already loaded/));
  // A missing second source ends the run while the copy of the first source is on the disk.
  expectStatus(await pipe(['gone.log'], `${input}\n${input}`), 3);
  assert.deepEqual(readdirSync(temporary), []);
  assert.ok(!existsSync(join(folder, 'x.duckdb.spool')));
  const whole = join(folder, 'file.duckdb');
  writeFileSync(join(folder, 'pods.json'), input);
  expectStatus(await cli(['load', 'pods.json', '--db', whole], { cwd: folder }), 0);
  const facts = await rowsOf(join(folder, 'x.duckdb'), 'SELECT count(*) AS n FROM pod_fact');
  assert.deepEqual(facts, await rowsOf(whole, 'SELECT count(*) AS n FROM pod_fact'));
});
