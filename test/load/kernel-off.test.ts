/** DRAINTRACE_KERNEL=off: everything loads without WebAssembly, into the same database. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase, BY_URI } from './database.ts';
import { logFile } from './log.ts';

/** Starts Node without the global WebAssembly, so a use of the kernel fails. */
const WITHOUT = ['sh', '-c', 'exec "$0" --no-expose-wasm "$@"'];

const cwd = freshFolder();
const logs = [1, 2, 3].map((seed) => {
  const path = join(cwd, `${seed}.log.gz`);
  writeFileSync(path, logFile({ rows: 4000, seed, start: Date.UTC(2026, 2, 10, 14, seed), failEvery: 50 }));
  return path;
});
const folders = ['rollout-day', 'recorded-incident', 'stories'].map((name) => join(ROOT, 'samples', name));

for (const keep of ['all', 'failures']) {
  test(`the samples and new logs load without the kernel, row for row, with --keep ${keep}`, async () => {
    const load = async (db: string, off: boolean) => {
      const words = ['load', ...folders, ...logs, '--timezone', '+08:00', '--keep', keep, '--no-judge', '--db', db];
      const run = await cli(words, off ? { cwd, env: { DRAINTRACE_KERNEL: 'off' }, under: WITHOUT } : { cwd });
      assert.match(run.stderr + run.stdout, /ALB access log/, run.stderr);
      return run.status;
    };
    const [on, off] = [`on-${keep}.duckdb`, `off-${keep}.duckdb`];
    assert.equal(await load(on, false), await load(off, true));
    const rows = await assertSameDatabase(join(cwd, on), join(cwd, off), BY_URI);
    assert.ok(rows > (keep === 'all' ? 12_000 : 200), `${rows} rows`);
  });
}

test('without the switch and without WebAssembly nothing is loaded', async () => {
  const run = await cli(['load', logs[0]!, '--db', 'none.duckdb'], { cwd, under: WITHOUT });
  assert.match(expectStatus(run, 5).stderr, /WebAssembly is not defined/);
});
