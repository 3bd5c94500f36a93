/** Tests Parquet for other engines, a copy for readers, and the database in plain DuckDB. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { evidenceViews } from '../../src/store/evidence-view.ts';
import { readLakeManifest } from '../../src/store/lake.ts';
import { folderTarget } from '../../src/store/lake-target.ts';
import { TABLES } from '../../src/store/table.ts';
import { check, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';

const folder = freshFolder();
const db = join(folder, 'x.duckdb');
const lake = join(folder, 'lake');

before(async () => {
  const samples = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
  expectStatus(await cli(['load', ...samples, '--timezone', '+08:00', '--db', db]), 0);
});

/** A DuckDB without this program's macros and settings. */
async function plain<T>(path: string, ask: (connection: DuckDBConnection) => Promise<T>, readOnly = true): Promise<T> {
  const instance = await DuckDBInstance.create(path, readOnly ? { access_mode: 'READ_ONLY' } : {});
  const connection = await instance.connect();
  try {
    return await ask(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const rows = async (connection: DuckDBConnection, sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();

test('plain DuckDB opens the database: views and macros are in it', async () => {
  await plain(db, async (connection) => {
    const views = await rows(connection, 'select view_name, sql from duckdb_views() where not internal');
    assert.ok(views.length >= 10);
    // Those that no other view reads are bound, and with them all others; the questions of test/golden run them.
    const isRead = ([name]: (typeof views)[number]) =>
      views.some(([other, sql]) => other !== name && new RegExp(`\\b${name}\\b`).test(String(sql)));
    const last = views.filter((view) => !isRead(view));
    assert.ok(last.length >= 3);
    for (const [view] of last) await rows(connection, `describe ${view}`);
    const verdicts = await rows(connection, "select count(*) from verdict where cause = 'draining_target'");
    assert.ok(Number(verdicts[0]![0]) > 0);
    assert.deepEqual(await rows(connection, "select unescape('\\x22')"), [['"']]);
    assert.ok((await rows(connection, 'from error_rate(30)')).length > 0);
    assert.equal(
      (await rows(connection, "from during('catalog-6d5f8c7b9d-m9w4d') where phase = 'terminating'")).length,
      3,
    );
    assert.ok((await rows(connection, "from at('2026-03-10T14:01:15Z')")).length > 0);
  });
});

test('.schema shows each column once, with what it means, also where another version left its views', async () => {
  const other = join(folder, 'other.duckdb');
  copyFileSync(db, other);
  await plain(
    other,
    async (connection) => void (await connection.run('create or replace view failure as select 1 as older')),
    false,
  );
  for (const path of [db, other]) {
    const run = await cli(['sql', '--format', 'csv', '--db', path], { input: '.schema rollouts' });
    const lines = expectStatus(run, 0).stdout.trim().split(/\r?\n/);
    assert.equal(lines.length, 1 + 21, run.stdout);
    assert.ok(lines.includes('rollouts,failed_percent,DOUBLE,share of its requests that failed'), run.stdout);
    assert.ok(lines.includes('rollouts,namespace,VARCHAR,metadata.namespace; cluster of a task'), run.stdout);
  }
});

const exported = () => cli(['export', '--to', lake, '--db', db]);

test('every table comes back from Parquet row for row', async () => {
  check(expectStatus(await exported(), 0), ({ stderr }) =>
    assert.match(stderr, /^\d+ files written and read back, 0 unchanged/),
  );
  const days = readdirSync(join(lake, 'alb_log')).sort();
  assert.deepEqual(days, ['day=2023-01-07', 'day=2026-03-10']);
  await plain(db, async (connection) => {
    for (const { name } of TABLES) {
      const files = name === 'alb_log' ? 'alb_log/*/*/data.parquet' : `${name}/data.parquet`;
      const parquet = `(select * from read_parquet('${lake}/${files}', hive_partitioning = false))`;
      for (const [a, b] of [
        [name, parquet],
        [parquet, name],
      ]) {
        assert.deepEqual(
          await rows(connection, `select count(*) from (from ${a} except all from ${b})`),
          [['0']],
          name,
        );
      }
    }
    const codecs = await rows(
      connection,
      `select distinct compression from parquet_metadata('${lake}/**/*.parquet') where compression <> 'UNCOMPRESSED'`,
    );
    assert.deepEqual(codecs, [['ZSTD']]);
  });
});

test('the rows of views that read evidence alone are in it, by the rules of this program', async () => {
  const old = join(folder, 'old.duckdb');
  copyFileSync(db, old);
  await plain(
    old,
    async (connection) => {
      await connection.run("create or replace view pod_address as select 'old' as ip");
      await connection.run("comment on view verdict is 'of another version'");
    },
    false,
  );
  const other = join(folder, 'other-lake');
  expectStatus(await cli(['export', '--to', other, '--db', old]), 0);
  await plain(db, async (connection) => {
    const names = readdirSync(join(other, 'view')).sort();
    assert.deepEqual(names, evidenceViews().sort());
    assert.ok(names.includes('pod_life') && names.includes('target_life') && !names.includes('routed'));
    for (const name of names) {
      const parquet = `read_parquet('${other}/view/${name}/data.parquet', hive_partitioning = false)`;
      await connection.run(`create or replace temp table asked as from ${name}`);
      await connection.run(`create or replace temp table exported as from ${parquet}`);
      const different = '(from asked except all from exported) union all (from exported except all from asked)';
      assert.deepEqual(await rows(connection, `select count(*) from (${different})`), [['0']], name);
    }
  });
});

test('only what changed is written again, and what is gone is removed with --prune alone', async () => {
  const again = expectStatus(await exported(), 0);
  assert.match(again.stderr, /^0 files written and read back, \d+ unchanged: /);
  const kept = join(lake, 'alb_log', 'day=2023-01-07');
  const keptAt = statSync(join(kept, readdirSync(kept)[0]!, 'data.parquet')).mtimeMs;
  const own = join(folder, 'own.duckdb');
  copyFileSync(db, own);
  await plain(
    own,
    async (connection) => {
      await connection.run(
        "delete from alb_row where time >= timestamp '2026-03-10 14:00:00' and time < timestamp '2026-03-11'",
      );
      await connection.run(
        "delete from alb_row where line = 1 and time < (select max(time) from alb_row) and time > timestamp '2026-01-01'",
      );
    },
    false,
  );
  const changed = expectStatus(await cli(['export', '--to', lake, '--db', own]), 0);
  assert.match(changed.stderr, /^1 file written/);
  assert.equal(statSync(join(kept, readdirSync(kept)[0]!, 'data.parquet')).mtimeMs, keptAt);
  await plain(
    own,
    async (connection) => void (await connection.run("delete from alb_row where time < timestamp '2024-01-01'")),
    false,
  );
  const stays = expectStatus(await cli(['export', '--to', lake, '--db', own]), 0);
  assert.match(stays.stderr, /, 1 file kept that the database no longer has: /);
  assert.ok(existsSync(kept));
  const removed = expectStatus(await cli(['export', '--to', lake, '--db', own, '--prune']), 0);
  assert.match(removed.stderr, /1 file removed/);
  assert.deepEqual(
    (await readLakeManifest(folderTarget(lake)))!.files
      .filter(({ path }) => path.startsWith('alb_log/'))
      .map(({ path }) => path.split('/')[1]),
    ['day=2026-03-10'],
  );
});

test('a value that another client changed in place is found, in a row and in what rows share', async () => {
  const own = join(folder, 'in-place.duckdb');
  const place = join(folder, 'in-place');
  copyFileSync(db, own);
  const again = async () => expectStatus(await cli(['export', '--to', place, '--db', own]), 0).stderr;
  await again();
  for (const statement of [
    "update alb_row set user_agent = 'hidden' where time < timestamp '2024-01-01'",
    "update alb_context set ssl_cipher = 'other' where context_id = (select any_value(context_id) from alb_row where time < timestamp '2024-01-01')",
  ]) {
    await plain(own, async (connection) => void (await connection.run(statement)), false);
    assert.match(await again(), /^1 file written/, statement);
    assert.match(await again(), /^0 files written/);
  }
  await plain(own, async (connection) => {
    const parquet = `read_parquet('${place}/alb_log/*/*/data.parquet', hive_partitioning = false)`;
    assert.deepEqual(await rows(connection, `select count(*) from (from alb_log except all from ${parquet})`), [['0']]);
  });
});

test('a file that was tampered with is written again; nothing half-written stays', async () => {
  expectStatus(await exported(), 0);
  writeFileSync(join(lake, 'pod_fact', 'data.parquet'), 'PAR1');
  assert.match(expectStatus(await exported(), 0).stderr, /^1 file written/);
  rmSync(join(lake, 'pod_fact'), { recursive: true });
  assert.match(expectStatus(await exported(), 0).stderr, /^1 file written/);
  const names = readdirSync(lake, { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    names.filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('a reader of the snapshot is not blocked by a writer, nor the writer by it', async () => {
  const copy = join(folder, 'copy.duckdb');
  expectStatus(await cli(['export', '--snapshot', copy, '--db', db]), 0);
  const count = async (connection: DuckDBConnection) => (await rows(connection, 'select count(*) from verdict'))[0]![0];
  await plain(copy, async (reader) => {
    const before = await count(reader);
    // A writer holds the database itself all the time.
    await plain(
      db,
      async () => {
        assert.equal(await count(reader), before);
        const other = await cli(['sql', 'select count(*) as n from verdict', '--format', 'csv', '--db', copy]);
        assert.equal(expectStatus(other, 0).stdout, `n\n${before}\n`);
        expectStatus(await cli(['trace', '--db', db, '--wait', '0']), 5);
      },
      false,
    );
    // A new copy is published while the reader holds the old one.
    expectStatus(await cli(['export', '--snapshot', copy, '--db', db]), 0);
    assert.equal(await count(reader), before);
  });
  assert.ok(!existsSync(`${copy}.wal`));
});

test('what cannot be exported is said in a sentence', async () => {
  for (const [words, says] of [
    [['export'], /--to FOLDER or --snapshot FILE/],
    [['export', '--to', 'a', '--snapshot', 'b'], /--to FOLDER or --snapshot FILE/],
    [['export', '--to', 'gs://b/p'], /is no folder and no s3:/],
    [['export', '--to', 'a', '--partition', 'dayy'], /did you mean day\?/],
    [
      ['export', '--to', 'a', '--retention', '5m'],
      /--retention 5m is not a time span of a day or more: write it as 30d/,
    ],
    [['export', '--to', 'a', '--retention', '0d'], /--retention 0d is not/],
    [['export', '--snapshot', 'b', '--retention', '5d'], /--retention is of a lake/],
    [['export', '--snapshot', 'b', '--prune'], /--prune is of a lake/],
    [['export', '--snapshot', db], /names the database itself/],
  ] as const) {
    check(expectStatus(await cli([...words, '--db', db]), 2), ({ stderr }) => assert.match(stderr, says));
  }
  for (const words of [
    ['--to', '/proc/nowhere/lake'],
    ['--snapshot', '/proc/nowhere/copy.duckdb'],
    ['--to', '/dev/null/lake'],
  ]) {
    const run = expectStatus(await cli(['export', ...words, '--db', db]), 6);
    check(run, ({ stderr }) => assert.match(stderr, /^draintrace: \/\S+ cannot be written \(E[A-Z]+\): [^\n]+\n$/));
  }
});
