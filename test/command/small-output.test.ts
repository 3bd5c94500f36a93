/** Tests details of output and messages. Each was wrong once, and represents its kind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { EXIT } from '../../src/command/error.ts';
import { memoryOption } from '../../src/command/option.ts';
import { printChecks } from '../../src/report/check-report.ts';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from '../load/database.ts';
import { logText } from '../load/log.ts';
import { logKey } from '../s3/ask.ts';

const START = Date.UTC(2026, 1, 5, 7);
const NAME = logKey('', '2026-02-05T07:05').split('/').at(-1)!;

test('JUnit is well-formed XML whatever a trace id holds', () => {
  const odd = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
  for (const text of [odd, '\ufffe\uffff\ufdd0\u{1fffe}\u{10ffff}', '\ud800 ]]> <&"\'']) {
    const xml = printChecks(
      [{ name: 'draining_target', limit: 0, found: 1, passed: false, message: text }],
      { from: null, to: null },
      'junit',
    );
    // Only characters that XML 1.0 allows, and only known entities.
    assert.match(xml, /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
    assert.doesNotMatch(xml.replace(/&(?:amp|lt|gt|quot);/g, ''), /&/);
    const [, message = ''] = /message="([^"]*)"/.exec(xml)!;
    assert.doesNotMatch(message, /[<>]/);
  }
});

test('a load of what draintrace probe wrote says what it loaded', async () => {
  const cwd = freshFolder();
  const one = (n: number) => ({
    probe: {
      startedAt: `2026-02-05T07:00:0${n}.000000Z`,
      endedAt: `2026-02-05T07:00:0${n}.250000Z`,
      traceId: `Root=1-6983f100-00000000000000000000000${n}`,
      url: 'http://shop.example/',
      connection: 'new',
      status: 200,
      error: null,
    },
  });
  writeFileSync(join(cwd, 'probe.json'), [1, 2, 3].map((n) => `${JSON.stringify(one(n))}\n`).join(''));
  const run = expectStatus(await cli(['load', 'probe.json', '--db', 'x.duckdb'], { cwd }), 0);
  assert.equal(run.stderr, 'loaded 1 object of draintrace probe results: 3 requests = 3 rows + 0 rejected\n');
});

test('what a load skipped is not called loaded by the next', async () => {
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'in'));
  writeFileSync(join(cwd, 'in', 'notes.txt'), 'the deployment began at nine\n');
  writeFileSync(join(cwd, 'in', 'a.log'), logText({ rows: 5, seed: 1, start: START }));
  await cli(['load', 'in', '--db', 'x.duckdb'], { cwd });
  const again = await cli(['load', 'in', '--db', 'x.duckdb'], { cwd });
  assert.match(
    again.stderr,
    /^1 object already loaded\n1 object skipped by an earlier load, and not loaded: draintrace query load-summary\n/,
  );
});

test('--memory takes a share of the machine, and refuses what DuckDB would', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'a.log'), logText({ rows: 5, seed: 1, start: START }));
  for (const memory of ['50%', '64mb']) {
    expectStatus(await cli(['load', 'a.log', '--memory', memory, '--db', 'x.duckdb'], { cwd }), 0);
  }
  for (const memory of ['100 %', '0.5GiB', '64mb']) memoryOption(memory);
  for (const memory of ['0%', '150%', '0MB', '1KB', '12', '-1GB', 'x', `${'9'.repeat(400)}TB`])
    assert.throws(() => memoryOption(memory), { exitCode: EXIT.usage });
  for (const memory of ['150%', '1KB', '12']) {
    const run = expectStatus(await cli(['load', 'a.log', `--memory=${memory}`, '--db', 'x.duckdb'], { cwd }), 2);
    assert.match(
      run.stderr,
      /^draintrace: --memory [^\n]* (?:is not a size: write it as 512MB, 2GB or 50%|is too little: [^\n]*)\n$/,
    );
  }
});

test('SQL that would end the process or hold it is refused in one sentence', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'a.log'), logText({ rows: 5, seed: 1, start: START }));
  expectStatus(await cli(['load', 'a.log', '--db', 'x.duckdb'], { cwd }), 0);
  for (const sql of [
    "call enable_logging(storage:='file', storage_path:='/tmp/none')",
    "CALL /* x */ Enable_Logging (storage := 'file', storage_path := 'x')",
    `call "enable_logging"(storage:='stdout')`,
    "from query('from enable_logging(storage_path:=''x'', storage:=''file'')')",
    'set threads=100000',
    "set global threads to '100000'",
    'PRAGMA threads = 100000',
    'set worker_threads = 5000',
  ]) {
    const run = expectStatus(await cli(['sql', sql, '--db', 'x.duckdb'], { cwd, timeout: 20_000 }), 2);
    check(run, ({ stdout, stderr }) => {
      assert.equal(stdout, '');
      assert.match(stderr, /^draintrace: the SQL could not be run: [^\n]+\n$/);
    });
  }
  for (const sql of ["select 'enable logging' as a", 'set threads=2', 'select 1 as enable_logging']) {
    expectStatus(await cli(['sql', sql, '--db', 'x.duckdb'], { cwd }), 0);
  }
});

test('a byte order mark before a log is no part of its first field', async () => {
  const cwd = freshFolder();
  const text = logText({ rows: 20, seed: 4, start: START });
  const mark = Buffer.from([0xef, 0xbb, 0xbf]);
  const marked = Buffer.concat([mark, Buffer.from(text)]);
  writeFileSync(join(cwd, 'marked.log'), marked);
  writeFileSync(join(cwd, 'plain.log'), text);
  // The mark is alone in its own gzip member.
  writeFileSync(join(cwd, 'marked.log.gz'), Buffer.concat([gzipSync(mark), gzipSync(text)]));
  const all = async (name: string) => {
    expectStatus(await cli(['load', name, '--db', `${name}.duckdb`], { cwd }), 0);
    return rowsOf(join(cwd, `${name}.duckdb`), 'select * exclude (object_id) from alb_log order by line');
  };
  const plain = await all('plain.log');
  assert.equal(plain.length, 20);
  assert.deepEqual(await all('marked.log'), plain);
  assert.deepEqual(await all('marked.log.gz'), plain);
  writeFileSync(join(cwd, 'only.log'), mark);
  writeFileSync(join(cwd, 'short.log'), 'x');
  await cli(['load', 'only.log', 'short.log', '--db', 'short.duckdb'], { cwd });
});

test('a log by name whose bytes were packed once more is named, and not passed over with exit code 0', async () => {
  const text = logText({ rows: 20, seed: 5, start: START });
  const packed: [what: string, bytes: Buffer, says: RegExp][] = [
    ['gzip', gzipSync(gzipSync(text)), /holds gzip in gzip: unpack it once/],
    ['zstd', Buffer.from('28b52ffd0458890000706c61696e', 'hex'), /holds zstd: unpack it/],
    ['bzip2', Buffer.from('425a68393141592653590000', 'hex'), /holds bzip2: unpack it/],
    ['xz', Buffer.from('fd377a585a000004e6d6b446', 'hex'), /holds xz: unpack it/],
    ['page', Buffer.from('<html><body>Access denied</body></html>'), /holds HTML or XML/],
  ];
  const cwd = freshFolder();
  mkdirSync(join(cwd, 'logs'));
  const pathOf = (what: string): string => join(cwd, 'logs', NAME.replace(/(?=\.log)/, `-${what}`));
  for (const [what, bytes] of packed) writeFileSync(pathOf(what), bytes);
  writeFileSync(join(cwd, 'logs', 'b.log'), text);
  const load = () => cli(['load', 'logs', '--db', 'x.duckdb'], { cwd });
  check(await load(), ({ status, stderr }) => {
    assert.equal(status, 4);
    for (const [what, , says] of packed)
      assert.match(stderr.split('\n').find((line) => line.includes(`-${what}.log`)) ?? '', says);
    assert.match(stderr, /^loaded 1 object of ALB access log: 20 lines/m);
  });
  // A complete copy in its place is loaded.
  for (const [what] of packed) writeFileSync(pathOf(what), gzipSync(text));
  assert.match(expectStatus(await load(), 0).stderr, /^loaded 5 objects of ALB access log: 100 lines/m);
});

test('too little address space is said to be that, and the database is not blamed', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'a.log'), logText({ rows: 5, seed: 1, start: START }));
  // Each line reader reserves an address space of some 10 GB.
  const under = ['prlimit', `--as=${8 * 1024 ** 3}`];
  const run = await cli(['load', 'a.log', '--db', 'x.duckdb'], { cwd, under });
  check(run, ({ status, stderr }) => {
    assert.equal(status, 5);
    assert.match(
      stderr,
      /^draintrace: too little memory for the readers of lines \(.*\): raise the limit of its address space/m,
    );
    assert.doesNotMatch(stderr, /x\.duckdb cannot be used/);
  });
});

test('a file limit that is too small is told as that', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'a.log'), logText({ rows: 5000, seed: 1, start: START }));
  const run = await cli(['load', 'a.log', '--db', 'x.duckdb'], { cwd, under: ['prlimit', '--fsize=102400'] });
  check(run, ({ status, stderr }) => {
    assert.equal(status, 5);
    assert.match(stderr, /cannot be written: no file may grow that large here \(ulimit -f\)\n$/);
  });
});

test('a lake whose manifest names a file twice is refused, for evidence as for logs', async () => {
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'pods.csv'), 'pod,ip,deleted_at\nweb-1,10.0.0.12,2026-02-05T07:50:00Z\n');
  expectStatus(await cli(['load', 'pods.csv', '--db', 'x.duckdb'], { cwd }), 0);
  expectStatus(await cli(['export', '--to', 'lake', '--db', 'x.duckdb'], { cwd }), 0);
  const path = join(cwd, 'lake', 'draintrace-lake.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as { files: { path: string }[] };
  const fact = manifest.files.find((file) => file.path.startsWith('pod_fact/'))!;
  for (const twice of [fact.path, fact.path.replace('/', '//'), `./${fact.path}`]) {
    writeFileSync(path, JSON.stringify({ ...manifest, files: [...manifest.files, { ...fact, path: twice }] }));
    const run = await cli(['load', 'lake', '--db', `y${twice.length}.duckdb`], { cwd });
    check(run, ({ status, stderr }) => {
      assert.notEqual(status, 0);
      assert.match(stderr, /names pod_fact\/[^ ]+ twice/);
    });
  }
});

test('no database lies in the repository', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: new URL('../..', import.meta.url) }).toString();
  assert.doesNotMatch(files, /\.duckdb(?:\.|$)(?!gz)/m);
});
