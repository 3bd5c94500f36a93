/** Tests `watch --metrics`: the file of a recording, and a file that cannot be written. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MetricsFile } from '../../src/command/metrics-file.ts';
import { expectStatus, freshFolder, startCli } from '../cli.ts';
import { makePod } from '../watch/pod.ts';
import { StandInApi } from '../watch/stand-in-api.ts';

test('a recording says how many lines of each source it wrote, and when it was last seen', async () => {
  const api = new StandInApi();
  const server = await api.start();
  try {
    for (let i = 1; i <= 3; i++) api.put('pods', makePod(`api-${i}`, {}, `10.0.0.${i}`));
    const folder = freshFolder();
    const cluster = { name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } };
    const config = { clusters: [cluster], contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }] };
    writeFileSync(
      join(folder, 'kubeconfig'),
      JSON.stringify({ ...config, users: [{ name: 'u', user: {} }], 'current-context': 'x' }),
    );
    const began = Date.now() / 1000;
    const words = ['watch', '--out', 'evidence', '-n', 'shop', '--for', '2s', '--metrics', 'gauges/watch.prom'];
    const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
    expectStatus(await startCli(words, { cwd: folder, env }).done, 0);
    const text = readFileSync(join(folder, 'gauges/watch.prom'), 'utf8');
    assert.match(text, /^draintrace_watch_lines\{source="pods"\} [1-9]\d*$/m);
    assert.match(text, /^draintrace_watch_bytes [1-9]\d*$/m);
    assert.match(text, /\n# EOF\n$/);
    for (const name of ['last_line_timestamp_seconds{source="pods"}', 'seen_timestamp_seconds']) {
      const value = Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`draintrace_watch_${name} `))!
          .split(' ')[1],
      );
      assert.ok(value >= began && value <= Date.now() / 1000, name);
    }
  } finally {
    await api.stop();
  }
});

test('a place that cannot be written is told at the start; one that breaks later is noted once', async () => {
  const folder = freshFolder();
  const notes: string[] = [];
  const path = join(folder, 'file', 'watch.prom');
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(
    new MetricsFile(path, (text) => notes.push(text)).begin(() => 'x'),
    /watch\.prom/,
  );
  rmSync(join(folder, 'file'));
  const file = new MetricsFile(path, (text) => notes.push(text));
  let n = 0;
  await file.begin(() => {
    n += 1;
    return String(n);
  });
  assert.equal(readFileSync(path, 'utf8'), '1');
  rmSync(join(folder, 'file'), { recursive: true });
  writeFileSync(join(folder, 'file'), '');
  file.write();
  file.write();
  await file.close();
  assert.equal(notes.length, 1);
  rmSync(join(folder, 'file'));
  mkdirSync(join(folder, 'file'));
  file.write();
  await file.close();
  assert.equal(readFileSync(path, 'utf8'), String(n));
});
