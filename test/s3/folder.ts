/** Loading from a bucket gives the same as loading a folder with the same files, for any S3 that tests can fill. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase } from '../load/database.ts';
import { filesOf } from '../module.ts';

/** Columns that depend on the place: an object's uri, its modification time (used for evidence without times) and its etag. */
const OF_THE_PLACE = {
  log_object: "* EXCLUDE (loaded_at, uri, etag, modified, captured_at), regexp_extract(uri, '[^/]*$') AS name",
};

const SAMPLES = ['samples/rollout-day', 'samples/recorded-incident'];

/** Returns every file of the samples by its key, as in the folder `samples`. */
export function sampleObjects(): [key: string, body: Buffer][] {
  return SAMPLES.flatMap((folder) => filesOf(folder, ''))
    .filter((file) => !file.endsWith('.md'))
    .map((file) => [file, readFileSync(join(ROOT, file))]);
}

/**
 * Loads the samples from the bucket `samples` and from their folder, with the built program, and compares. Returns the number of
 * rows in alb_log.
 */
export async function checkSameAsFolder(env: Record<string, string>, extra: readonly string[] = []): Promise<number> {
  const cwd = freshFolder();
  const load = (sources: readonly string[], db: string) =>
    cli(['load', ...sources, '--timezone', '+08:00', '--db', db, ...extra], { cwd, env });
  const folders = SAMPLES.map((folder) => join(ROOT, folder));
  const buckets = SAMPLES.map((folder) => `s3://samples/${folder}`);
  const fromFolder = expectStatus(await load(folders, 'folder.duckdb'), 0);
  const fromBucket = expectStatus(await load(buckets, 'bucket.duckdb'), 0);
  // AWS's test file lies above the folders of logs, where a bucket is not listed.
  const said = fromFolder.stderr
    .replace('  1 × test file\n', '')
    .replace(/^skipped (\d+)/m, (_, n: string) => `skipped ${Number(n) - 1}`);
  assert.equal(fromBucket.stderr.replace('bucket.duckdb', 'folder.duckdb'), said);
  const compare = () => assertSameDatabase(join(cwd, 'folder.duckdb'), join(cwd, 'bucket.duckdb'), OF_THE_PLACE);
  const rows = await compare();

  // Loading again loads nothing, and says so.
  for (const [sources, db] of [
    [folders, 'folder.duckdb'],
    [buckets, 'bucket.duckdb'],
  ] as const) {
    const again = expectStatus(await load(sources, db), 0);
    assert.match(again.stderr, /^\d+ objects already loaded\n/);
    assert.doesNotMatch(again.stderr, /^loaded /m);
  }
  await compare();

  // Both databases give the same answers.
  const answers: unknown[] = [];
  for (const db of ['folder.duckdb', 'bucket.duckdb']) {
    const { stdout } = expectStatus(await cli(['trace', '--all', '--format', 'json', '--db', db], { cwd }), 0);
    answers.push((JSON.parse(stdout) as Record<string, unknown>[]).map(({ evidence: _, ...row }) => row));
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.ok((answers[0] as unknown[]).length >= 30);
  return rows;
}
