/** Tests the SQL shell: on a real terminal, from a pipe, from a file; and the memory for a million rows. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { complete } from '../../src/command/shell-complete.ts';
import { Session } from '../../src/command/shell-session.ts';
import { splitStatements } from '../../src/query/token.ts';
import { openDatabase } from '../../src/store/database.ts';
import { LooseDatabase } from '../../src/store/loose-database.ts';
import { check, cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { stopTerminals, TerminalRun } from './terminal.ts';
import { makeDatabase } from './world.ts';

let db = '';
after(stopTerminals);

before(async () => {
  const row = (line: number, status: number) => ({
    object_id: 1,
    line,
    time: `2026-11-03T10:00:0${line}Z`,
    request_creation_time: `2026-11-03T10:00:0${line}Z`,
    elb_status_code: status,
    target_status_code: status < 500 ? status : null,
  });
  db = await makeDatabase({ alb_log: [row(1, 200), row(2, 502)] });
});

const READY = /draintrace> $/;
const BINARY = [join(ROOT, 'dist/bin/draintrace.js')];

test('statements are split at semicolons that end them, and nowhere else', () => {
  const rest = (text: string) => splitStatements(text).rest;
  assert.deepEqual(splitStatements('select 1; select 2'), { statements: ['select 1'], rest: 'select 2' });
  assert.deepEqual(splitStatements('select \';\' as "a;b" -- ;\n, $$;$$ /* ; */;').statements.length, 1);
  assert.equal(rest('-- only a comment;'), '');
  assert.equal(rest("select 'open; "), "select 'open; ");
  assert.equal(rest('select 1; /* open ;'), ' /* open ;');
  assert.deepEqual(splitStatements(';;  ; select 1;').statements, ['select 1']);
});

test('completion offers what fits the place', () => {
  const words = {
    sql: ['verdict', 'cause', 'error_rate'],
    tables: ['verdict', 'failure'],
    queries: ['late-routing', 'load-summary'],
    formats: ['csv', 'table'],
    commands: ['.run', '.schema'],
  };
  assert.deepEqual(complete('select * from verd', words), [['verdict'], 'verd']);
  assert.deepEqual(complete('select v.ca', words), [['cause', 'case'].sort(), 'ca']);
  assert.deepEqual(complete('.run la', words), [['late-routing'], 'la']);
  assert.deepEqual(complete('.r', words), [['.run'], '.r']);
  assert.deepEqual(complete('.schema F', words), [['failure'], 'F']);
  assert.deepEqual(complete('.export x', words), [[], 'x']);
});

test('on a terminal: lines, completion, commands, errors, history', async () => {
  const run = new TerminalRun(['sql', '--db', db], freshFolder(), { columns: 120, rows: 300 });
  await run.until(READY);
  run.type('select count(*) as rows_of\r');
  await run.until(/\.\.\.> $/);
  run.type('from alb_log;\r');
  await run.until(/rows_of\r\n─+\r\n +2\r\n[\s\S]*draintrace> $/);
  run.type('.schem');
  await run.until(/\.schem$/);
  run.type('\t');
  await run.until(/a$/);
  run.type(' failur');
  await run.until(/ failur$/);
  run.type('\t');
  await run.until(/e$/);
  run.type('\x15');
  run.type('.tables\r');
  // The main ones come first, each with a line about it; those they are made of come after them.
  await run.until(
    /verdict +view +One row per failed request[\s\S]*alb_log +view[\s\S]*compared +inner[\s\S]*draintrace> $/,
  );
  run.type('\\d\r');
  await run.until(/verdict +view +One row[\s\S]*draintrace> $/);
  run.type('\\d failure;\r');
  await run.until(/failure +mechanism +VARCHAR[\s\S]*draintrace> $/);
  run.type('help\r');
  await run.until(/\.mode FORMAT[\s\S]*draintrace> $/);
  run.type('\\dz\r');
  await run.until(/there is no command \\dz: \.help lists them[\s\S]*draintrace> $/);
  run.type('.run failures-per-minute from=2026-11-03T09:00:00Z\r');
  await run.until(/2026-11-03T10:00:00Z +other[\s\S]*draintrace> $/);
  run.type('.run failures-per-minut\r');
  await run.until(/did you mean failures-per-minute\?[\s\S]*draintrace> $/);
  run.type('select nothing from alb_log;\r');
  await run.until(/error: Binder Error: Referenced column "nothing"[\s\S]*draintrace> $/);
  run.type('delete from pod_fact;\r');
  await run.until(/error: .*read-only.*\(draintrace sql --write allows it\)[\s\S]*draintrace> $/);
  run.type('.timing on\rselect 1 as one;\r');
  assert.match(await run.until(/rows? in \d\.\d{3} s[\s\S]*draintrace> $/), /one/);
  const file = join(run.home, 'one.csv');
  run.type(`.export ${file}\r`);
  await run.until(/1 row written/);
  assert.equal(readFileSync(file, 'utf8'), 'one\n1\n');
  run.type('\x04');
  assert.equal(await run.ended, 0);
  const history = join(run.home, '.local/state/draintrace/history');
  assert.equal(statSync(history).mode & 0o777, 0o600);
  assert.match(readFileSync(history, 'utf8'), /^from alb_log;$/m);
  const again = new TerminalRun(['sql', '--db', db], run.home);
  await again.until(READY);
  again.type('\x1b[A');
  await again.until(/\.export .*one\.csv/);
  again.type('\x15exit;\r');
  assert.equal(await again.ended, 0);
});

test('Ctrl-C ends the query, not the shell; at the prompt it empties the line', async () => {
  const run = new TerminalRun(['sql', '--db', db]);
  await run.until(READY);
  run.type('select count(*) from range(1000000) a, range(1000000) b where hash(a.range + b.range) = 1;\r');
  await run.until(/= 1;\s/);
  await new Promise((later) => setTimeout(later, 700));
  run.type('\x03');
  await run.until(/cancelled[\s\S]*draintrace> $/);
  run.type('select garbage');
  run.type('\x03');
  await run.until(/\^C\r\n[\s\S]*draintrace> $/);
  run.type('select 6 * 7 as answer;\r');
  await run.until(/answer[\s\S]*42[\s\S]*draintrace> $/);
  run.type('.quit\r');
  assert.equal(await run.ended, 0);
});

test('long answers come by pages, and q ends them', async () => {
  const run = new TerminalRun(['sql', '--db', db], freshFolder(), { columns: 80, rows: 10 });
  await run.until(READY);
  run.type('select range as n from range(1000000);\r');
  const first = await run.until(/-- more: Enter, or q to end -- $/);
  assert.equal(first.match(/^ +\d+\r$/gm)?.length, 7);
  run.type('\r');
  await run.until(/ 7\r\n[\s\S]* 15\r\n[\s\S]*-- more/);
  // Without Enter.
  run.type('q');
  await run.until(READY);
  run.type('select 5 as five;\r');
  await run.until(/five[\s\S]*draintrace> $/);
  run.type('.quit\r');
  assert.equal(await run.ended, 0);
});

test('a pipe and a file run the same entries, and end at quit or at the first error', async () => {
  const input = '.mode csv\nselect 1 as a;\nselect\n 2 as b; select 3 as c;\nquit\nselect 4;\n';
  const piped = expectStatus(await cli(['sql', '--db', db], { input }), 0);
  assert.equal(piped.stdout, 'a\n1\nb\n2\nc\n3\n');
  const folder = freshFolder();
  writeFileSync(join(folder, 'x.sql'), "select 1 as a; -- ;\nselect ';' as b");
  const filed = expectStatus(await cli(['sql', '-f', 'x.sql', '--format', 'csv', '--db', db], { cwd: folder }), 0);
  assert.equal(filed.stdout, 'a\n1\nb\n;\n');
  const wrong = await cli(['sql', '--db', db], { input: 'select 1 as a;\nselect x;\nselect 2;\n' });
  check(expectStatus(wrong, 2), ({ stdout, stderr }) => {
    assert.equal(stdout, 'a\n─\n1\n');
    assert.match(stderr, /Referenced column "x" was not found/);
  });
});

test('SQL reaches a file only with --allow-external, and changes the database only with --write', async () => {
  const folder = freshFolder();
  const own = join(folder, 'own.duckdb');
  (await openDatabase(own, { readOnly: false })).close();
  const copy = (flags: string[]) =>
    cli(['sql', `copy (select 1 as a) to 'a.csv'`, ...flags, '--db', own], { cwd: folder });
  expectStatus(await copy([]), 2);
  check(expectStatus(await copy(['--write']), 2), ({ stderr }) => assert.match(stderr, /--allow-external allows it/));
  assert.ok(!existsSync(join(folder, 'a.csv')));
  expectStatus(await copy(['--allow-external']), 0);
  assert.equal(readFileSync(join(folder, 'a.csv'), 'utf8'), 'a\n1\n');
  const made = (flags: string[]) => cli(['sql', 'create table mine as select 1 as a', ...flags, '--db', own]);
  check(expectStatus(await made(['--allow-external']), 2), ({ stderr }) => assert.match(stderr, /--write allows it/));
  expectStatus(await made(['--write']), 0);
  check(expectStatus(await cli(['sql', 'from mine', '--format', 'csv', '--db', own]), 0), ({ stdout }) =>
    assert.equal(stdout, 'a\n1\n'),
  );
});

test('two million rows do not fill memory', () => {
  const folder = freshFolder();
  mkdirSync(folder, { recursive: true });
  const peak = (rows: number): number => {
    const sql = `select range as n, 'some text of a row ' || range as t, md5(range::varchar) as h from range(${rows})`;
    // The program itself prints its peak memory at its end.
    const say = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;
    const argv = ['--import', say, join(ROOT, 'dist/bin/draintrace.js'), 'sql', sql, '--format', 'csv', '--db', db];
    const { stderr, status } = spawnSync(process.execPath, argv, {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    return Number(/peak (\d+)/.exec(stderr)![1]) / 1024;
  };
  // Both are far more than uncollected garbage. Rows held in memory would take some 500 MB more.
  const few = peak(500_000);
  const many = peak(2_000_000);
  assert.ok(many - few < 150, `500,000 rows took ${few} MB, 2,000,000 took ${many} MB`);
});

test('a shell that somebody forgot lets others write, and goes on afterwards with what it had', async () => {
  const folder = freshFolder();
  const own = join(folder, 'own.duckdb');
  (await openDatabase(own, { readOnly: false })).close();
  const run = new TerminalRun(['sql', '--db', own]);
  await run.until(READY);
  run.type('create temp table kept as select 41 + 1 as n;\r');
  await run.until(/Count[\s\S]*draintrace> $/);
  run.type("set timezone = 'Asia/Tokyo';\r");
  await run.until(READY);
  // The shell still runs. A writer gets the file well within the time that a load waits.
  expectStatus(await cli(['sql', '--write', 'create table later as select 7 as n', '--db', own]), 0);
  run.type("select k.n, l.n, current_setting('timezone') as zone from kept k, later l;\r");
  await run.until(/42 +7 +Asia\/Tokyo[\s\S]*draintrace> $/);
  run.type('.quit\r');
  assert.equal(await run.ended, 0);
});

test('a transaction that somebody forgot is rolled back, and that is said', async () => {
  const own = join(freshFolder(), 'own.duckdb');
  const options = { readOnly: false, wait: 5 };
  const database = await LooseDatabase.open(own, options);
  const said: string[] = [];
  const out = {
    isTTY: false,
    columns: 80,
    rows: 24,
    write: async (text: string | Uint8Array) => void said.push(String(text)),
  };
  const effects = {
    ...{ stdout: out, stderr: out, stdin: Readable.from([]), env: {}, now: () => 0 },
    signal: new AbortController().signal,
  };
  const session = new Session(database, effects, { format: 'csv' }, { ms: 20, transactionMs: 15_000 });
  try {
    await session.ask('begin', out);
    await session.ask('create table mine as select 1 as n', out);
    // During the transaction nobody else can write. The writer is another process, because a process does not lock itself out.
    expectStatus(await cli(['sql', '--write', 'select 1', '--wait', '0', '--db', own]), 5);
    expectStatus(await cli(['sql', '--write', 'select 1', '--wait', '50', '--db', own]), 0);
    said.length = 0;
    await assert.rejects(session.ask('select n from mine', out), /mine does not exist/);
    assert.match(said.join(''), /^note: no statement came for 15 s, so the open transaction was rolled back\n/);
    await session.ask('select 5 as five', out);
    assert.match(said.join(''), /five\n5\n$/);
  } finally {
    await session.end();
    database.close();
  }
});

test('an answer that does not fit on the disk is one sentence, and nothing of it stays', async () => {
  const folder = freshFolder();
  // The same refusal as for a full disk, from a limit that needs no disk.
  const limited = await cli(['sql', '--db', db], {
    input: "select range, repeat('A', 100) as text from range(100000);\n.export x.csv\n",
    under: ['prlimit', '--fsize=1000000'],
    cwd: folder,
  });
  check(expectStatus(limited, 6), ({ stderr }) =>
    assert.match(stderr, /^draintrace: x\.csv cannot be written \(EFBIG\): [^\n]+\n$/),
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name !== '.local'),
    [],
  );
  const full = spawnSync('sh', ['-c', '"$0" "$@" > /dev/full', process.execPath, ...BINARY, 'trace', '--db', db], {
    encoding: 'utf8',
  });
  assert.equal(full.status, 6, full.stderr);
  assert.equal(full.stderr, 'draintrace: standard output cannot be written: the disk is full\n');
});
