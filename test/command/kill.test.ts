/**
 * Kills every command that writes at random moments and then runs it to its end: nothing is left behind, and nothing is stored
 * twice. KILLS is the number of kills for each; `make test-kill` uses more. Loads of logs have their own test.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { LakeManifest } from '../../src/store/lake-manifest.ts';
import { cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { randomNumbers } from '../fuzz/mutate.ts';
import { rowsOf } from '../load/database.ts';
import { StandIn } from '../s3/stand-in.ts';

const KILLS = Number(process.env.KILLS ?? 2);
const SAMPLE = join(ROOT, 'samples', 'recorded-incident');

interface Victim {
  words: readonly string[];
  env?: Record<string, string>;
  /** Makes the input of the command in its folder. */
  prepare(folder: string): void;
  /** Returns the output of the command, so that two runs can be compared. */
  look(folder: string): unknown;
}

const s3 = new StandIn();
let endpoint = '';
let loaded = '';
let lake = '';

before(async () => {
  endpoint = await s3.start();
  const folder = freshFolder();
  loaded = join(folder, 'loaded.duckdb');
  lake = join(folder, 'lake');
  expectStatus(await cli(['load', SAMPLE, '--timezone', '+08:00', '--db', loaded]), 0);
  expectStatus(await cli(['export', '--to', lake, '--db', loaded]), 0);
});
after(() => s3.stop());

const copyLoaded = (folder: string): void => copyFileSync(loaded, join(folder, 'x.duckdb'));

/** Rows of the tables that a load fills, except the times of loading. */
const rowsIn = (folder: string) =>
  rowsOf(
    join(folder, 'x.duckdb'),
    `select (select count(*) from alb_row) as rows, (select count(*) from alb_context) as contexts,
       (select count(*) from pod_fact) as facts, (select count(*) from log_object) as objects,
       (select count(distinct uri) from log_object) as uris, (select count(*) from rejected_line) as rejected,
       (select count(*) from draintrace where starts_with(key, 'night ')) as nights`,
  );

/** Files of a lake. Rows of a view have no order, so their bytes may differ. */
const manifestOf = (text: string): unknown =>
  (JSON.parse(text) as LakeManifest).files.map(({ path, rows, checksum }) => ({ path, rows, checksum }));
const textOf = (path: string): string => readFileSync(path, 'utf8');

const VICTIMS: Record<string, () => Victim> = {
  'load of evidence': () => ({
    words: ['load', 'evidence', '--db', 'x.duckdb', '--timezone', '+08:00', '-q'],
    prepare: (folder) => {
      mkdirSync(join(folder, 'evidence'));
      for (const name of readdirSync(SAMPLE).filter((one) => one.endsWith('.txt')))
        copyFileSync(join(SAMPLE, name), join(folder, 'evidence', name));
    },
    look: rowsIn,
  }),
  'load of a lake': () => ({ words: ['load', lake, '--db', 'x.duckdb', '-q'], prepare: () => {}, look: rowsIn }),
  'export to a folder': () => ({
    words: ['export', '--to', 'lake', '--db', 'x.duckdb'],
    prepare: copyLoaded,
    look: (folder) => manifestOf(textOf(join(folder, 'lake', 'draintrace-lake.json'))),
  }),
  'export to S3': () => ({
    words: ['export', '--to', 's3://lakes/prod', '--db', 'x.duckdb'],
    env: { ...s3.env(), AWS_ENDPOINT_URL_S3: endpoint },
    prepare: (folder) => {
      s3.buckets.set('lakes', new Map());
      copyLoaded(folder);
    },
    look: () => {
      const objects = s3.buckets.get('lakes')!;
      assert.ok([...objects.keys()].every((key) => /\.(?:parquet|json)$/.test(key)));
      return [...objects.keys()].sort();
    },
  }),
  'export of a snapshot': () => ({
    words: ['export', '--snapshot', 'copy.duckdb', '--db', 'x.duckdb'],
    prepare: copyLoaded,
    look: (folder) => readFileSync(join(folder, 'copy.duckdb')).equals(readFileSync(join(folder, 'x.duckdb'))),
  }),
  report: () => ({
    words: ['report', '--out', 'page/incident.html', '--db', 'x.duckdb'],
    prepare: copyLoaded,
    look: (folder) => /<\/html>\s*$/.test(textOf(join(folder, 'page', 'incident.html'))),
  }),
  nightly: () => ({
    words: [
      ...['nightly', '--day', '2023-01-07', '--db', 'x.duckdb', '--sources', SAMPLE, '--timezone', '+08:00'],
      ...[
        '--retention',
        '9999d',
        '--report',
        'out/{day}.html',
        '--json',
        'out/{day}.json',
        '--metrics',
        'out/metrics.prom',
      ],
    ],
    prepare: () => {},
    look: async (folder) => [
      await rowsIn(folder),
      /<\/html>\s*$/.test(textOf(join(folder, 'out', '2023-01-07.html'))),
      textOf(join(folder, 'out', '2023-01-07.json')),
    ],
  }),
  migration: () => ({
    words: ['sql', '--write', 'select 1 as one', '--db', 'x.duckdb'],
    prepare: (folder) =>
      writeFileSync(
        join(folder, 'x.duckdb'),
        gunzipSync(readFileSync(join(ROOT, 'test', 'store', 'schema-1.duckdb.gz'))),
      ),
    look: rowsIn,
  }),
};

const namesBelow = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

for (const [name, victimOf] of Object.entries(VICTIMS)) {
  test(`${name}, killed ${KILLS} times: the next run leaves what an undisturbed one does`, async (t) => {
    const { words, env, prepare, look } = victimOf();
    const begin = async (cwd: string) => {
      mkdirSync(join(cwd, 'tmp'), { recursive: true });
      return startCli(words, { cwd, env: { ...env, TMPDIR: join(cwd, 'tmp') } });
    };
    const whole = freshFolder();
    prepare(whole);
    const started = Date.now();
    expectStatus(await (await begin(whole)).done, 0);
    let time = Date.now() - started;
    const expected = [namesBelow(whole), await look(whole)];

    const folder = freshFolder();
    const seed = Date.now();
    const random = randomNumbers(seed);
    prepare(folder);
    let begun = 0;
    for (let killed = 0; killed < KILLS; begun++) {
      const since = Date.now();
      const { child, done } = await begin(folder);
      const timer = setTimeout(() => child.kill('SIGKILL'), 50 + random(time));
      const { signal } = await done;
      clearTimeout(timer);
      if (signal === 'SIGKILL') killed++;
      // The command ended before the kill, so the next kill comes earlier.
      else time = Math.min(time, Date.now() - since);
      assert.ok(begun < 20 * KILLS + 20, `hardly ever killed, seed ${seed}`);
    }
    await delay(10);
    expectStatus(await (await begin(folder)).done, 0);
    assert.deepEqual([namesBelow(folder), await look(folder)], expected, `seed ${seed}`);
    t.diagnostic(`killed ${KILLS} times in ${begun} runs, seed ${seed}`);
  });
}
