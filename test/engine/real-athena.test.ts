/**
 * Tests `athena ddl`, `run` and `pull` with a real Trino behind Athena's protocol. Trino reads the raw gz files in place, holds the
 * views that `ddl` prints, and answers `run` and `pull`. The rows are compared with those of the local database.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { evidenceStatement, neededEvidence } from '../../src/athena/evidence.ts';
import { placedName, readLocation } from '../../src/athena/location.ts';
import { countsStatement, linesStatement } from '../../src/athena/pull.ts';
import { composeFor } from '../../src/athena/relation.ts';
import { answerWay, WHOLE_VIEWS } from '../../src/athena/way.ts';
import { viewRelations } from '../../src/engine/relation.ts';
import { lakeTables, rawTables } from '../../src/engine/table.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { splitStatements } from '../../src/query/token.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { exportLake } from '../../src/store/lake.ts';
import { folderTarget } from '../../src/store/lake-target.ts';
import { selectAll } from '../../src/store/select.ts';
import { type Result, StandInAthena } from '../athena/stand-in.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { assertSameDatabase } from '../load/database.ts';
import { filesOf } from '../module.ts';
import { StandIn } from '../s3/stand-in.ts';
import { testAppends } from './append.ts';
import { ATHENA_QUESTIONS, LONG_QUESTIONS } from './athena-question.ts';
import { createTables } from './external-table.ts';
import { testSharedTable } from './shared-table.ts';
import { sayMost, stagesOf } from './stage.ts';
import { runTrino } from './trino.ts';
import { startTrino, type TrinoServer, trinoMissing } from './trino-server.ts';

const missing = trinoMissing();
if (missing && process.env.CI) throw new Error(`the real Trino cannot be asked: ${missing}`);
if (missing) process.stderr.write(`\n*** NOT RUN: athena on a real Trino: ${missing}\n\n`);

const SCHEMA = 'athena';
const FOLDER = 'AWSLogs/111122223333/elasticloadbalancing/eu-central-1';
/** The name that `ddl` gives for these flags. */
const placed = <T extends { name: string }>(table: T): T => ({
  ...table,
  name: placedName(table.name, {
    location: readLocation({ bucket: 'logs', prefix: '', accounts: ['111122223333'], regions: ['eu-central-1'] }),
    lake: LAKE_X,
  }),
});
const PLACE = ['--bucket', 'logs', '--account', '111122223333', '--region', 'eu-central-1', '--database', SCHEMA];
const LAKE_X = { folder: 's3://lake/x', form: 'parquet' } as const;
const LAKE = ['--lake', 's3://lake/x'];
const WINDOW = ['--from', '2026-03-10T00:00:00Z', '--to', '2026-03-11T00:00:00Z'];
const PARAMETERS = ['--param', 'from=2026-03-10T00:00:00Z', '--param', 'to=2026-03-11T00:00:00Z'];

const IS_SHORT = Boolean(process.env.TRINO_SHORT);

/** Views that a short run looks at: of each way in which a view is made. Trino plans those of verdicts for a minute each. */
const SHORT_VIEWS = ['alb_log', 'log_object', 'pod_life', 'failure', 'failures'];

if (!missing) {
  let trino: TrinoServer;
  let database: Database;
  const s3 = new StandIn();
  const athena = new StandInAthena();
  const env: Record<string, string> = {};
  const cwd = freshFolder();

  /** Formats a value of Trino as Athena does. */
  const text = (value: unknown): string | null =>
    value === null ? null : String(value).replace('local:///raw/', 's3://logs/');

  const engine = async (sql: string): Promise<Result> => {
    const { columns, rows } = await runTrino(trino.origin, sql, SCHEMA);
    return { columns, rows: rows.map((row) => row.map(text)), scanned: 12_345_678 };
  };

  before(async () => {
    trino = await startTrino();
    s3.region = 'eu-central-1';
    for (const file of filesOf('samples/rollout-day/AWSLogs', '')) {
      const key = file.replace('samples/rollout-day/', '');
      const path = join(trino.files, 'raw', key);
      mkdirSync(dirname(path), { recursive: true });
      cpSync(join(ROOT, file), path);
      s3.put('logs', key, readFileSync(join(ROOT, file)));
    }
    athena.engine = engine;
    Object.assign(env, s3.env(), {
      AWS_ENDPOINT_URL_S3: await s3.start(),
      AWS_ENDPOINT_URL_ATHENA: await athena.start(),
    });
    const evidence = join(ROOT, 'samples/rollout-day/evidence');
    for (const db of ['loaded.duckdb', 'pulled.duckdb'])
      expectStatus(await cli(['load', evidence, '--db', db], { cwd }), 0);
    cpSync(join(cwd, 'loaded.duckdb'), join(cwd, 'all.duckdb'));
    expectStatus(await cli(['load', 's3://logs', '--db', 'all.duckdb'], { cwd, env }), 0);
    database = await openDatabase(join(cwd, 'all.duckdb'), { readOnly: true, external: true });
    mkdirSync(join(trino.files, 'lake'));
    await exportLake(database.connection, folderTarget(join(trino.files, 'lake')), {
      keys: ['day', 'elb'],
      prune: false,
      before: null,
      note: () => {},
    });
    await createTables(trino, SCHEMA, rawTables().map(placed), `raw/${FOLDER}`);
    await createTables(trino, SCHEMA, (await lakeTables()).map(placed), 'lake');
    // Trino needs the folder of every day; Athena skips days without objects in S3.
    const ddl = expectStatus(
      await cli(['athena', 'ddl', ...PLACE, '--lake', 's3://lake/x', ...WINDOW], { cwd, env }),
      0,
    );
    const views = splitStatements(ddl.stdout).statements.filter((one) => one.startsWith('CREATE OR REPLACE VIEW'));
    for (const view of views) await runTrino(trino.origin, view, SCHEMA);
  });

  after(async () => {
    database?.close();
    await Promise.all([s3.stop(), athena.stop()]);
    await trino?.stop();
  });

  test('each view has the columns that it has in the database, and no time of more than three digits, which Athena may refuse', async () => {
    const all = [...(await lakeTables()).map(({ of }) => of.name), ...viewRelations().map(({ name }) => name)];
    const asked = all.filter((one) => !IS_SHORT || SHORT_VIEWS.includes(one));
    assert.ok(asked.length >= SHORT_VIEWS.length);
    for (const name of asked) {
      const there = await runTrino(trino.origin, `describe ${name}`, SCHEMA);
      const here = await selectAll(
        database.connection,
        `select column_name, column_type = 'TIMESTAMP' as is_time from (describe ${name})`,
      );
      assert.deepEqual(
        there.rows.map(([column, type]) => [column, type === 'timestamp(3)']),
        here.map(({ column_name, is_time }) => [column_name, is_time]),
        name,
      );
      assert.ok(
        !there.rows.some(([, type]) => /^(?:time|interval)/.test(String(type)) && type !== 'timestamp(3)'),
        name,
      );
    }
  });

  test('the view beside a view has all digits of its times', async () => {
    // The views of verdicts take long.
    const [view, ...times] = IS_SHORT
      ? ['failure', 'time', 'request_creation_time', 'time']
      : ['verdict', 'time', 'deleted_earliest', 'ready_latest'];
    const there = await runTrino(trino.origin, `select ${times.join()} from exact_${view} order by 1, 2, 3`, SCHEMA);
    assert.deepEqual([...new Set(there.columns.map(({ type }) => type))], ['bigint']);
    const here = await selectAll(
      database.connection,
      `select ${times.map((time, i) => `epoch_us(${time})::varchar as c${i}`).join()} from ${view} order by ${times.join()}`,
    );
    assert.deepEqual(
      there.rows.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
      here.map((row) => Object.values(row)),
    );
    assert.ok(there.rows.some(([time]) => Number(time) % 1000 !== 0));
  });

  test('a question typed in the console of Athena has the answer that it has here', async () => {
    for (const sql of [
      'select mechanism, cause, confidence, count(*) as n from verdict group by mechanism, cause, confidence order by 1, 2, 3',
      'select elb_status_code, count(*) as n, sum(sent_bytes) as bytes from alb_log group by elb_status_code order by 1',
      'select namespace, name, ip from pod_life order by 1, 2, 3',
      'select count(*) as n from health_check',
      'select count(*) as n from connection_log',
    ]) {
      const there = await runTrino(trino.origin, sql, SCHEMA);
      const here = await selectAll(database.connection, sql);
      assert.deepEqual(
        there.rows.map((row) => row.map(String)),
        here.map((row) => Object.values(row).map(String)),
        sql,
      );
    }
  });

  for (const name of ATHENA_QUESTIONS.filter((one) => !IS_SHORT || !LONG_QUESTIONS.includes(one))) {
    test(`athena run ${name} prints what query ${name} prints`, async () => {
      const header = readFileSync(join(ROOT, `queries/${name}.sql`), 'utf8');
      const withWindow = /^-- Param: to timestamp/m.test(header);
      const there = await cli(['athena', 'run', name, ...PLACE, ...WINDOW, '--format', 'json'], {
        cwd,
        env,
        timeout: 300_000,
      });
      const here = await cli(
        ['query', name, '--db', 'all.duckdb', ...(withWindow ? PARAMETERS : []), '--format', 'json'],
        { cwd },
      );
      const rows = (run: { stdout: string }) => JSON.parse(run.stdout, rounded) as unknown[];
      assert.deepEqual(rows(expectStatus(there, 0)), rows(expectStatus(here, 0)));
      assert.ok(rows(here).length > 0);
    });
  }

  test('trace reads the raw log twice, and has the numbers of objects and lines that the views have', async () => {
    athena.executions.clear();
    const words = ['--format', 'json', '--columns', 'time,target_ip,mechanism,rule,because,evidence,object_id,line'];
    const there = expectStatus(
      await cli(['athena', 'run', 'trace', ...PLACE, ...LAKE, ...WINDOW, ...words], { cwd, env }),
      0,
    );
    const here = expectStatus(await cli(['query', 'trace', '--db', 'all.duckdb', ...PARAMETERS, ...words], { cwd }), 0);
    const rows = (run: { stdout: string }) => JSON.parse(run.stdout, rounded) as Record<string, unknown>[];
    const plain = (run: { stdout: string }) =>
      rows(run)
        .map(({ object_id: _, line: __, ...row }) => JSON.stringify(row))
        .sort();
    assert.deepEqual(plain(there), plain(here));
    const sent = [...athena.executions.values()].map(({ sql }) => sql);
    assert.deepEqual([sent.length, sent.filter((sql) => sql.includes('raw_alb_log')).length], [3, 2]);
    const [row] = rows(there);
    const raw = await runTrino(
      trino.origin,
      `select target_ip from alb_log where object_id = ${row!.object_id} and line = ${row!.line}`,
      SCHEMA,
    );
    // Its objects have other addresses here, so their numbers differ, and only the line is found.
    assert.equal(raw.rows.length, 0);
    const line = await runTrino(trino.origin, `select target_ip from alb_log where line = ${row!.line}`, SCHEMA);
    assert.deepEqual(line.rows, [[row!.target_ip]]);
  });

  test('no statement that the program sends has more than 50 stages', async (t) => {
    const location = readLocation({
      bucket: 'logs',
      prefix: '',
      accounts: ['111122223333'],
      regions: ['eu-central-1'],
    });
    const window = { from: Date.UTC(2026, 2, 10) * 1000, to: Date.UTC(2026, 2, 11) * 1000 };
    const lake = LAKE_X;
    const targets = Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}:8080`);
    const spans = Array.from({ length: 144 }, (_, i) => new Date(i * 600_000).toISOString().slice(0, 15));
    const lines = { targets, spans, groups: ['arn:a', 'arn:b'], text: 'Root=1-2' };
    const statements = new Map([
      ['counts', countsStatement(location, window)],
      ['lines', linesStatement(location, window, lines)],
    ]);
    for (const question of readCatalogue()) {
      const places = { location, lake };
      if (answerWay(question) === 'whole') {
        const parameters = defaultValues(question.parameters);
        statements.set(question.name, await composeFor(question, window, places, parameters));
        continue;
      }
      statements.set(question.name, await evidenceStatement(await neededEvidence(question.needs), lake));
      for (const name of question.needs.filter((need) => WHOLE_VIEWS.includes(need))) {
        statements.set(name, await composeFor({ sql: `select * from ${name}`, needs: [name] }, window, places, {}));
      }
    }
    const stages: Record<string, number> = {};
    for (const [name, statement] of statements) {
      stages[name] = await stagesOf(trino.origin, statement, SCHEMA);
    }
    sayMost(t, stages);
  });

  test('the plan of a window names the folders of its days alone, of logs in place', async () => {
    const dry = await cli(['athena', 'run', 'status-codes', ...PLACE, ...WINDOW, '--dry-run'], { cwd, env });
    const plan = await runTrino(trino.origin, `explain (type io, format json) ${expectStatus(dry, 0).stdout}`, SCHEMA);
    const days = [...String(plan.rows[0]![0]).matchAll(/\d{4}\/\d\d\/\d\d/g)].map(([day]) => day);
    assert.deepEqual([...new Set(days)].sort(), ['2026/03/10', '2026/03/11']);
  });

  test('athena pull has what load --keep failures has, from the raw gz files', async () => {
    expectStatus(
      await cli(['athena', 'pull', ...PLACE, ...WINDOW, '--db', 'pulled.duckdb'], { cwd, env, timeout: 300_000 }),
      0,
    );
    const load = ['load', 's3://logs', ...WINDOW, '--logs', 'access', '--keep', 'failures', '--drop-outside'];
    expectStatus(await cli([...load, '--db', 'loaded.duckdb'], { cwd, env }), 0);
    const group =
      'object_id, minute, elb, target_group_arn, target_ip, target_port, elb_status_code, target_status_code';
    const rows = await assertSameDatabase(join(cwd, 'loaded.duckdb'), join(cwd, 'pulled.duckdb'), {
      alb_log: '* EXCLUDE (line)',
      rejected_line: '* EXCLUDE (line)',
      alb_count: `DISTINCT ${group}, ${['requests', 'received_bytes', 'sent_bytes'].map((one) => `sum(${one}) OVER (PARTITION BY ${group})`).join(', ')}`,
    });
    assert.ok(rows > 50, `${rows} rows`);
  });

  // They share the server, because it starts for half a minute.
  describe('one table of many accounts and regions', () => testSharedTable(() => ({ trino, env, cwd })));
  describe('tables of Iceberg', () => testAppends(() => ({ trino, athena, env, cwd })));
}

/** Sums of doubles differ in the last digits with the order of the rows. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value;
}
