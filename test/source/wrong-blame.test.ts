/** Unreadable sources: each is named as the cause, with exit code 3, and neither the database nor the program is blamed. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { pathOfBytes, pathOfUri, shownPath, uriOfPath } from '../../src/source/file-url.ts';
import { check, cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { rowsOf } from '../load/database.ts';
import { logFile } from '../load/log.ts';

const START = Date.UTC(2026, 1, 3, 9);
const log = (seed: number): Buffer => logFile({ rows: 20, seed, start: START + seed * 60_000 });

test('a path that cannot be looked at ends with one sentence about it, and exit code 3', async () => {
  const folder = freshFolder();
  symlinkSync('there', join(folder, 'here'));
  symlinkSync('here', join(folder, 'there'));
  writeFileSync(join(folder, 'file'), 'x');
  const cases: [source: string, says: RegExp][] = [
    ['here', /^draintrace: here is a symbolic link that leads back to itself \(ELOOP\); check where it points\n$/],
    ['here/below', /here\/below is a symbolic link that leads back/],
    ['n'.repeat(300), /^draintrace: n{300} has a path longer than the system allows \(ENAMETOOLONG\);/],
    ['d/'.repeat(3000), /d\/… does not exist; check the path/],
    ['file/below', /file\/below does not exist, because a part of its path is not a folder \(ENOTDIR\)/],
    ['file:///%zz', /^draintrace: file:\/\/\/%zz is no url of a file on this machine; write it as file:\/\/\/path/],
    ['file://host/x', /file:\/\/host\/x is no url of a file on this machine/],
    ['file:///etc/%00x', /file:\/\/\/etc\/%00x is no url of a file on this machine/],
    ['FILE://[', /FILE:\/\/\[ is no url of a file/],
    ['file:///none/%25', /\/none\/% does not exist; check the path/],
    ['/dev/null', /\/dev\/null is no regular file/],
  ];
  for (const [source, says] of cases) {
    const run = expectStatus(await cli(['load', source, '--db', 'x.duckdb'], { cwd: folder }), 3);
    check(run, ({ stderr }) => {
      assert.match(stderr, says);
      assert.match(stderr, /^[^\n]+\n$/);
      assert.doesNotMatch(stderr, /x\.duckdb|stack/);
    });
  }
});

test('a file and a pipe that may not be read are named, as another user finds them', async (t) => {
  if (process.getuid?.() !== 0) return t.diagnostic('only root can run it as somebody else');
  const folder = freshFolder();
  chmodSync(folder, 0o777);
  mkdirSync(join(folder, 'shut'), { mode: 0o700 });
  writeFileSync(join(folder, 'shut', 'a.log'), log(1));
  writeFileSync(join(folder, 'closed.log'), log(2), { mode: 0o600 });
  execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
  for (const source of ['shut/a.log', 'shut', 'closed.log', 'pipe']) {
    const words = ['load', source, '--db', `${source.replaceAll('/', '-')}.duckdb`];
    const child = spawn(process.execPath, [join(ROOT, 'dist/bin/draintrace.js'), ...words], {
      cwd: folder,
      uid: 65534,
      gid: 65534,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((done) => child.on('close', done));
    assert.equal(code, 3, stderr);
    assert.match(stderr, new RegExp(`${source} may not be read \\(EACCES\\); check its permissions`));
    assert.doesNotMatch(stderr, /duckdb/);
  }
});

test('folders 1,500 deep are walked to the last', async () => {
  const folder = freshFolder();
  mkdirSync(join(folder, 'd/'.repeat(1500)), { recursive: true });
  writeFileSync(join(folder, 'd/'.repeat(1500), 'deep.log.gz'), log(1));
  writeFileSync(join(folder, 'd', 'z.log.gz'), log(2));
  const db = join(freshFolder(), 'x.duckdb');
  const run = expectStatus(await cli(['load', folder, '--db', db]), 0);
  assert.match(run.stderr, /^loaded 2 objects of ALB access log: 40 lines = 40 rows/m);
});

test('a path beyond what the system allows fails alone', async (t) => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'z.log.gz'), log(2));
  const home = process.cwd();
  const name = 'n'.repeat(200);
  process.chdir(folder);
  for (let i = 0; i < 30; i++) {
    mkdirSync(name);
    process.chdir(name);
  }
  process.chdir(home);
  t.after(() => execFileSync('rm', ['-rf', join(folder, name)]));
  const db = join(freshFolder(), 'x.duckdb');
  const run = expectStatus(await cli(['load', folder, '--db', db]), 4);
  assert.match(run.stderr, /^loaded 1 object of ALB access log/m);
  assert.match(run.stderr, /has a path longer than the system allows \(ENAMETOOLONG\); load a folder further down/);
});

test('files and folders whose names are no UTF-8 are loaded once, and their uris name them', async () => {
  const folder = freshFolder();
  const at = (...bytes: (string | number)[]) =>
    Buffer.concat([Buffer.from(`${folder}/`), ...bytes.map((b) => Buffer.from(typeof b === 'string' ? b : [b]))]);
  mkdirSync(at('gr', 0xf6, 0xdf, 'e'));
  writeFileSync(at('gr', 0xf6, 0xdf, 'e/plain.log.gz'), log(1));
  writeFileSync(at('caf', 0xe9, '.log.gz'), log(2));
  writeFileSync(at('café ok.log.gz'), log(3));
  symlinkSync(at('caf', 0xe9, '.log.gz'), at('link', 0xff));
  writeFileSync(at('draintrace-lake', 0xfe, '.parquet'), 'no lake');
  const db = join(freshFolder(), 'x.duckdb');
  for (const keep of ['all', 'failures']) {
    const run = expectStatus(await cli(['load', folder, '--db', `${db}.${keep}`, '--keep', keep]), 0);
    assert.match(run.stderr, /^loaded 3 objects of ALB access log: 60 lines/m);
  }
  const again = expectStatus(await cli(['load', folder, '--db', `${db}.all`]), 0);
  assert.match(again.stderr, /already loaded/);
  // The file that looks like a lake was skipped, and is skipped again.
  assert.match(again.stderr, /^3 objects already loaded$/m);
  const uris = await rowsOf(`${db}.all`, "select uri from log_object where kind = 'alb_access_log' order by uri");
  assert.deepEqual(
    uris.map(({ uri }) => String(uri).slice(`file://${folder}/`.length)),
    ['caf%C3%A9%20ok.log.gz', 'caf%E9.log.gz', 'gr%F6%DFe/plain.log.gz'],
  );
  // And by such a uri alone.
  const one = `file://${folder}/caf%E9.log.gz`;
  expectStatus(await cli(['load', one, '--db', `${db}.one`]), 0);
  assert.equal((await rowsOf(`${db}.one`, 'select uri from log_object'))[0]!.uri, one);
});

test('any bytes of a path come back from its uri', () => {
  const segment = fc
    .uint8Array({ minLength: 1, maxLength: 8 })
    .map((bytes) => bytes.map((b) => (b === 0 || b === 47 ? 46 : b)));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const bytes = Buffer.concat(segments.flatMap((one) => [Buffer.from('/x'), Buffer.from(one)]));
      const path = pathOfBytes(bytes);
      const uri = uriOfPath(path);
      assert.match(uri, /^file:\/\/\/[\x21-\x7e]+$/);
      assert.deepEqual(Buffer.from(pathOfUri(uri)! as string), bytes);
      assert.equal(typeof shownPath(path), 'string');
    }),
  );
});

test('a pipe that nobody writes is given up at the first Ctrl-C, and the database is free again', async () => {
  const folder = freshFolder();
  execFileSync('mkfifo', [join(folder, 'silent')]);
  const db = join(folder, 'x.duckdb');
  const { child, done } = startCli(['load', join(folder, 'silent'), '--db', db], { timeout: 30_000 });
  await delay(2500);
  assert.equal(child.exitCode, null, 'it waits');
  const stopped = Date.now();
  child.kill('SIGINT');
  expectStatus(await done, 130);
  assert.ok(Date.now() - stopped < 3000, `${Date.now() - stopped} ms`);
  writeFileSync(join(folder, 'a.log.gz'), log(1));
  expectStatus(await cli(['load', join(folder, 'a.log.gz'), '--db', db, '--wait', '0']), 0);
});

test('a pipe whose writer comes late, and one that is empty, are read to their end', async () => {
  const folder = freshFolder();
  const words = (pipe: string) =>
    `"${process.execPath}" "${join(ROOT, 'dist/bin/draintrace.js')}" load ${pipe} --db x.duckdb 2>&1; echo "rc $?"`;
  writeFileSync(join(folder, 'a.log.gz'), log(1));
  const bash = (script: string) => execFileSync('bash', ['-c', script], { cwd: folder, timeout: 60_000 }).toString();
  assert.match(bash(words('<(sleep 1; cat a.log.gz)')), /loaded 1 object of ALB access log: 20 lines[\s\S]*rc 0\n$/);
  assert.match(bash(words('<(true)')), /rc 0\n$/);
  const late = bash(`mkfifo late; (sleep 2; cat a.log.gz > late) & ${words('late')}`);
  assert.match(late, /1 object already loaded\nrc 0\n$|loaded 1 object[\s\S]*rc 0\n$/);
});
