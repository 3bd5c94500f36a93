/** Tests that a night tells people what it found. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../cli.ts';
import { draintrace, freshFolder } from './world.ts';

const RECORDED = join(ROOT, 'samples', 'recorded-incident');
const NOW = Date.UTC(2023, 0, 8, 3);

test('a night tells its webhook what failed, with its exit code; the second run tells nothing again', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => response.end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const folder = freshFolder();
    const config = join(folder, 'draintrace.json');
    const sources = [join(RECORDED, 'AWSLogs')];
    const evidence = [join(RECORDED, 'probe-1-504-while-draining.txt')];
    const more = { timezone: '+08:00', keep: 'all', retention: '3650d', limits: { draining_target: 0 } };
    writeFileSync(config, JSON.stringify({ db: join(folder, 'night.duckdb'), sources, evidence, ...more }));
    const hook = join(folder, 'hook');
    writeFileSync(hook, `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`);
    const words = ['nightly', '--config', config, '--notify', `webhook:file:${hook}`];
    const first = await draintrace(words, { now: NOW, built: true });
    assert.deepEqual([first.code, first.stderr], [1, '']);
    assert.equal((await draintrace(words, { now: NOW, built: true })).code, 1);
    assert.equal(bodies.length, 1);
    const { command, outcome, exit_code, failures, limits, from } = JSON.parse(bodies[0]!) as Record<string, unknown>;
    assert.deepEqual(
      [command, outcome, exit_code, failures, from, limits],
      ['nightly', 'limit_broken', 1, 1, '2023-01-07T00:00:00Z', [{ limit: 'draining_target', most: 0, found: 1 }]],
    );
  } finally {
    server.close();
  }
});
