/** Files survive a kill, and memory does not grow with the written bytes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Journal, pack } from '../../src/watch/journal.ts';
import { restoreState, settle } from '../../src/watch/resume.ts';
import { StateCache } from '../../src/watch/state-cache.ts';
import { PODS } from '../../src/watch/trim.ts';
import { cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { filesOf, podFacts, read, until } from './capture.ts';
import { makePod } from './pod.ts';
import { StandInApi } from './stand-in-api.ts';

const QUERY = 'pods -n shop';

function kubeconfigOf(server: string): string {
  const path = join(freshFolder(), 'config');
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

test('a killed watch loses nothing that came a second before, and the next one knows what vanished', async () => {
  const api = new StandInApi();
  const server = await api.start();
  const folder = freshFolder();
  const kubeconfig = kubeconfigOf(server);
  const start = () => startCli(['watch', '--kubeconfig', kubeconfig, '-n', 'shop', '--out', folder]);
  try {
    for (const n of [1, 2, 3]) api.put('pods', makePod(`api-${n}`, {}, `10.0.0.${n}`));
    const first = start();
    await until(() => api.watching === 3, 'a watch', 20_000);
    api.put('pods', makePod('api-4', {}, '10.0.0.4'));
    await delay(1000);
    const killed = Date.now() * 1000;
    first.child.kill('SIGKILL');
    await first.done;
    assert.match(filesOf(folder, 'pods-shop')[0]!.text, /api-4/);
    // As if the kill had cut the last line; and while nobody watches, all pods disappear.
    appendFileSync(join(folder, filesOf(folder, 'pods-shop')[0]!.file), '{"capturedAt":"2026-');
    for (const n of [1, 2, 3, 4]) api.delete(`uid-api-${n}`);
    const second = start();
    const later = () => filesOf(folder, 'pods-shop')[1]?.text ?? '';
    await until(() => later().split('\n').length > 2, 'a second file', 20_000);
    second.child.kill('SIGINT');
    assert.equal((await second.done).status, 0);

    const [cut, whole] = filesOf(folder, 'pods-shop').map(({ file, text }) => read(text, file));
    assert.equal(cut!.rejected.length, 1);
    assert.deepEqual(whole!.rejected, []);
    const gone = whole!.facts.filter((fact) => fact.kind === 'pod' && fact.event === 'gone');
    assert.equal(gone.length, 4, 'each file can be read alone');
    assert.ok(gone.every(({ earliest, latest }) => earliest! <= killed && latest! >= killed));
  } finally {
    await api.stop();
  }
});

test('a watch for a time that met nothing ends with 3, one that met a pod with 0', async () => {
  const api = new StandInApi();
  const kubeconfig = kubeconfigOf(await api.start());
  const folder = freshFolder();
  const watch = (...more: string[]) => cli(['watch', '--kubeconfig', kubeconfig, '--out', folder, '-q', ...more]);
  try {
    const nothing = expectStatus(await watch('-n', 'shpo', '--for', '1s'), 3);
    assert.match(nothing.stderr, /^draintrace: the watch saw no object in 1s: .*; check -n and --selector\n$/);
    api.put('pods', makePod('api-1', {}, '10.0.0.1'));
    expectStatus(await watch('-n', 'shop', '--for', '1s'), 0);
  } finally {
    await api.stop();
  }
});

const KILLS = Number(process.env.KILLS ?? 2);

test(`killed ${KILLS} times while it packs: the next run packs every file once, and no half of one stays`, async () => {
  const folder = freshFolder();
  const lines = `${'{"a":"0123456789abcdef0123456789abcdef"}\n'.repeat(300_000)}`;
  const module = pathToFileURL(join(ROOT, 'src', 'watch', 'journal.ts')).href;
  const program = `const journal = import(${JSON.stringify(module)}); journal.then(({ pack }) => pack(process.argv[1]));`;
  for (let n = 0; n < KILLS; n++) {
    const path = join(
      folder,
      `pods-shop-20260301T10${String(n % 60).padStart(2, '0')}00.${String(n).padStart(3, '0')}Z.jsonl`,
    );
    writeFileSync(path, lines);
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', program, path], { cwd: ROOT, stdio: 'ignore' });
    const isPacking = (): boolean =>
      readdirSync(folder).some((name) => name.endsWith('.part')) || child.exitCode !== null;
    await until(isPacking, 'a file that is being packed', 30_000);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  const left = () => readdirSync(folder);
  assert.ok(
    left().some((name) => name.endsWith('.part')),
    'a kill leaves a part, or this test shows nothing',
  );
  const files = left().filter((name) => name.endsWith('.jsonl'));
  for (const name of files) await pack(join(folder, name));
  assert.ok(
    left().every((name) => name.endsWith('.jsonl.gz')),
    left().join(' '),
  );
  for (const { text } of filesOf(folder, 'pods-shop')) assert.equal(text, lines);
});

test('rotated files each begin with what was known, and none is rejected', async () => {
  const folder = freshFolder();
  const cache = new StateCache(PODS, QUERY);
  const journal = new Journal(folder, 'pods-shop', { bytes: 20_000, ms: 3_600_000 }, () => cache.line());
  journal.begin();
  const at = Date.now() * 1000;
  await journal.write(cache.takeList({ items: [makePod('api-1')], resourceVersion: '1', askedAt: at, answeredAt: at }));
  for (let n = 0; n < 200; n++) {
    const pod = makePod(`api-${n % 5}`, {}, `10.0.0.${n % 5}`);
    pod.metadata!.resourceVersion = String(n + 2);
    await journal.write(cache.takeEvent({ type: 'MODIFIED', object: pod }, at + n)!);
    if (n % 40 === 39) await delay(300);
  }
  await journal.close();
  assert.ok(readdirSync(folder).length >= 3);
  for (const { text } of filesOf(folder, 'pods-shop').slice(1))
    assert.match(text.split('\n')[0]!, /"query":"pods -n shop"/);
  assert.ok(podFacts(folder).length > 0);
  const again = new StateCache(PODS, QUERY);
  await restoreState(folder, 'pods-shop', again);
  assert.equal(again.size, 5);
});

test('a line that comes while a file is closed stands behind what was known', async () => {
  const folder = freshFolder();
  const journal = new Journal(folder, 'x', { bytes: 500, ms: 3_600_000 }, () => 'known\n');
  journal.begin();
  let lines = 0;
  for (let round = 0; round < 4; round++) {
    // So much that it is written at once, and the file is closed behind it.
    let isWriting = true;
    const writing = journal.write(`${'x'.repeat(5 << 20)}\n`).finally(() => {
      isWriting = false;
    });
    const small: Promise<void>[] = [];
    while (isWriting) {
      await new Promise(setImmediate);
      small.push(journal.write(`line ${lines++}\n`));
    }
    await Promise.all([writing, ...small]);
  }
  await journal.close();
  const texts = filesOf(folder, 'x').map(({ text }) => text);
  assert.ok(texts.length > 2, `${texts.length} files`);
  for (const text of texts) assert.ok(text.startsWith('known\n'), text.slice(0, 40));
  const found = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('line'));
  assert.equal(found.length, lines);
  for (const [n, line] of found.entries()) assert.equal(line, `line ${n}`);
});

test('a file that was left open is packed once nobody writes to it', async () => {
  const folder = freshFolder();
  const path = join(folder, 'pods-shop-20260301T100000.000Z.jsonl');
  writeFileSync(path, '{}\n');
  assert.deepEqual(await settle(folder, 'pods-shop', Date.now()), []);
  utimesSync(path, new Date('2026-03-01'), new Date('2026-03-01'));
  assert.deepEqual(await settle(folder, 'pods-shop', Date.now()), [`${path}.gz`]);
});

test('a hundred thousand events cost disk and no memory', async () => {
  const folder = freshFolder();
  const cache = new StateCache(PODS, QUERY);
  const journal = new Journal(folder, 'pods-shop', { bytes: 16 << 20, ms: 3_600_000 }, () => cache.line());
  const write = async (events: number) => {
    for (let n = 0; n < events; n++) {
      const line = cache.takeEvent(
        { type: n % 50 === 49 ? 'DELETED' : 'MODIFIED', object: makePod(`api-${n % 50}`) },
        n,
      );
      await journal.write(line!);
    }
  };
  await write(10_000);
  const before = process.memoryUsage().rss;
  await write(90_000);
  const grown = process.memoryUsage().rss - before;
  await journal.close();
  assert.ok(journal.written > 80e6, `${journal.written} bytes of text`);
  assert.equal(cache.size, 49);
  assert.ok(grown < 100 << 20, `memory grew by ${grown} bytes`);
  assert.ok(readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) < 20e6);
});

test('a disk that cannot be written to is named', async () => {
  const file = join(freshFolder(), 'file');
  writeFileSync(file, '');
  const journal = new Journal(join(file, 'below'), 'pods-shop', { bytes: 1000, ms: 1000 });
  await journal.write('{}\n');
  await assert.rejects(journal.close(), { name: 'SourceError', message: /cannot be written \(ENOTDIR\)/ });
});

test('a recording that cannot be written has exit code 6, also where nothing was written before', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'file'), '');
  const words = ['probe', 'http://127.0.0.1:9/', '--for', '1s', '--rate', '1', '--out', `${folder}/file/out`];
  const { stderr } = expectStatus(await cli(words, { cwd: folder }), 6);
  assert.match(stderr, /^draintrace: \S+file\/out\S* cannot be written \(ENOTDIR\); /);
});
