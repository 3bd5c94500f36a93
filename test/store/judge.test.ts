/** The rows that a database keeps of its views are those that the views give, whatever was loaded, in whatever order. */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDatabase } from '../../src/store/database.ts';
import { dropJudged, isJudged, isSmall, judge } from '../../src/store/judge.ts';
import { keepViews } from '../../src/store/materialised-view.ts';
import { expire } from '../../src/store/night.ts';
import { freshFolder, ROOT } from '../cli.ts';
import { draintrace } from '../command/world.ts';
import { assertKept } from './kept.ts';

const LOGS = join(ROOT, 'samples', 'rollout-day', 'AWSLogs');
const EVIDENCE = join(ROOT, 'samples', 'rollout-day', 'evidence');
const VERDICTS = ['query', 'verdicts', '--format', 'csv'];

let folder = '';
let whole = '';

async function run(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await draintrace(words, { built: true });
  assert.equal(code, 0, stderr);
  return stdout;
}

const judged = async (path: string): Promise<boolean> => {
  const { connection, close } = await openDatabase(path, { readOnly: true });
  try {
    return await isJudged(connection);
  } finally {
    close();
  }
};

/** Runs statements as a client without this program does. */
async function plain(path: string, ...statements: string[]): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    let rows: unknown[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRows();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function copy(name: string): string {
  const path = join(folder, `${name}.duckdb`);
  copyFileSync(whole, path);
  return path;
}

before(async () => {
  folder = freshFolder();
  whole = join(folder, 'whole.duckdb');
  await run('load', LOGS, EVIDENCE, '--db', whole);
});

test('what is loaded at once is judged, and a client without this program reads the verdicts', async () => {
  const counts = await assertKept(whole);
  assert.ok(counts.verdict! > 30 && counts.lives! > 10 && counts.rollout! > 0 && counts.affected_request! > 0);
  const rows = await plain(copy('plain'), 'select count(*), count(cause) from kept.verdict');
  assert.equal(Number(rows[0]![0]), counts.verdict);
  assert.ok(Number(rows[0]![1]) > 20);
});

test('evidence that comes after the logs, or before them, or piece by piece, gives the same verdicts', async () => {
  const expected = await run(...VERDICTS, '--db', whole);
  const late = join(folder, 'late.duckdb');
  await run('load', LOGS, '--db', late);
  assert.notEqual(await run(...VERDICTS, '--db', late), expected);
  await run('load', EVIDENCE, '--db', late);
  assert.equal(await run(...VERDICTS, '--db', late), expected);
  await assertKept(late);
  const early = join(folder, 'early.duckdb');
  await run('load', EVIDENCE, '--no-judge', '--db', early);
  await run('load', LOGS, '--db', early);
  assert.equal(await run(...VERDICTS, '--db', early), expected);
  assert.equal(await judged(early), true);
});

test('--no-judge stores rows alone; questions give the same, and the next load judges', async () => {
  const path = join(folder, 'rows.duckdb');
  await run('load', LOGS, EVIDENCE, '--no-judge', '--db', path);
  assert.equal(await judged(path), false);
  for (const words of [VERDICTS, ['trace'], ['report', '--format', 'json']])
    assert.equal(await run(...words, '--db', path), await run(...words, '--db', whole));
  await run('load', LOGS, '--db', path);
  assert.equal(await judged(path), true);
});

test('after a retention the verdicts are those of what is left', async () => {
  const path = copy('old');
  const { connection, close } = await openDatabase(path, { readOnly: false });
  assert.ok((await expire(connection, Date.UTC(2026, 2, 10, 13) * 1000)) > 0);
  assert.equal(await isJudged(connection), false);
  await judge(connection);
  assert.equal(await judge(connection), null);
  close();
  const counts = await assertKept(path);
  const [[before]] = (await plain(whole, 'select count(*) from kept.verdict')) as [[unknown]];
  assert.ok(counts.verdict! > 0 && counts.verdict! < Number(before));
});

test('rows that somebody changed by hand are judged anew, and never read from what was kept', async () => {
  const removed = copy('removed');
  await plain(removed, 'delete from pod_fact');
  assert.equal(await judged(removed), false);
  assert.notEqual(await run(...VERDICTS, '--db', removed), await run(...VERDICTS, '--db', whole));
  await run('load', LOGS, '--db', removed);
  await assertKept(removed);

  const changed = copy('changed');
  await run('sql', '--write', 'select 1', '--db', changed);
  assert.equal(await judged(changed), true);
  await run('sql', '--write', "update pod_fact set ip = '10.0.0.1'", '--db', changed);
  assert.equal(await judged(changed), false);
  await run('load', LOGS, '--db', changed);
  assert.equal(await judged(changed), true);
});

test('kept tables of another shape, or views in their place, are not read', async () => {
  const expected = await run(...VERDICTS, '--db', whole);
  for (const [i, statements] of [
    ['alter table kept.verdict drop column cause'],
    ['alter table kept.verdict rename to old', 'create view kept.verdict as select * from kept.old where false'],
    ['drop table kept.lives'],
    ['drop schema kept cascade'],
  ].entries()) {
    const path = copy(`other-${i}`);
    await plain(path, ...statements);
    assert.equal(await judged(path), false);
    assert.equal(await run(...VERDICTS, '--db', path), expected);
  }
});

test('a database that other rules judged is judged by the present ones', async () => {
  const path = copy('rules');
  await plain(path, "update draintrace set value = replace(value, 'queries/view', 'queries/old') where key = 'kept'");
  assert.equal(await judged(path), false);
  await run('load', LOGS, '--db', path);
  assert.equal(await judged(path), true);
});

test('a load that is killed while it judges is judged by the next one', async () => {
  const path = join(folder, 'killed.duckdb');
  const few = join(folder, 'few');
  mkdirSync(few);
  cpSync(EVIDENCE, few, { recursive: true });
  await run('load', LOGS, few, '--no-judge', '--db', path);
  const { connection, close } = await openDatabase(path, { readOnly: false });
  await assert.rejects(judge(connection, AbortSignal.abort()), { name: 'AbortError' });
  await assert.rejects(judge(connection, AbortSignal.timeout(1)), /INTERRUPT|TimeoutError|timeout/i);
  close();
  assert.equal(await judged(path), false);
  await run('load', LOGS, '--db', path);
  assert.equal(await judged(path), true);
});

test('what takes long is not judged by itself, and no verdict of an earlier load is left', async () => {
  const path = copy('large');
  const expected = await run(...VERDICTS, '--db', path);
  const { connection, close } = await openDatabase(path, { readOnly: false });
  assert.equal(await isSmall(connection), true);
  assert.equal(await isSmall(connection, { rows: 500, failures: 20_000 }), false);
  assert.equal(await isSmall(connection, { rows: 250_000, failures: 10 }), false);
  await dropJudged(connection);
  close();
  assert.equal(await judged(path), false);
  await assert.rejects(plain(path, 'select * from kept.verdict'), /kept.verdict|does not exist/);
  assert.equal(await run(...VERDICTS, '--db', path), expected);
  await run('load', LOGS, '--no-judge', '--db', path);
  assert.equal(await judged(path), false);
  await run('load', LOGS, '--judge', '--db', path);
  assert.equal(await judged(path), true);
});

test('a connection that keeps no verdicts computes a view once, however often a night asks for it', async () => {
  const path = join(folder, 'twice.duckdb');
  await run('load', LOGS, EVIDENCE, '--no-judge', '--db', path);
  const { connection, close } = await openDatabase(path, { readOnly: true });
  try {
    for (let day = 0; day < 2; day++) await keepViews(connection, ['concluded', 'verdict']);
    const counted = await connection.runAndReadAll('select count(*) from verdict');
    assert.ok(Number(counted.getRows()[0]![0]) > 30);
  } finally {
    close();
  }
});
