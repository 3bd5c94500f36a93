/**
 * Answers from two readings of the log equal those of a full load, row for row: on simulated worlds, and for the verdicts of all golden
 * cases. Athena and S3 are stand-ins; test/engine asks a real Trino.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FIELDS } from '../../src/alb/field.ts';
import { printRow } from '../../src/alb/print.ts';
import { literal } from '../../src/engine/statement.ts';
import { type Query, readCatalogue } from '../../src/query/catalogue.ts';
import { type BoundValue, defaultValues } from '../../src/query/parameter.ts';
import { openDatabase } from '../../src/store/database.ts';
import { parseTypedTime } from '../../src/time/typed.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { draintrace } from '../command/world.ts';
import { insert } from '../query/memory.ts';
import { CASES, casesTogether, insertFacts, type VerdictCase } from '../query/verdict-case.ts';
import { logKey } from '../s3/ask.ts';
import { StandIn } from '../s3/stand-in.ts';
import { linesEngine } from './lines-engine.ts';
import { StandInAthena } from './stand-in.ts';

const [ACCOUNT, REGION] = ['111122223333', 'eu-central-1'];
const s3 = new StandIn();
const athena = new StandInAthena();
const env: Record<string, string> = { HOME: freshFolder() };

before(async () => {
  s3.region = REGION;
  athena.states = [];
  Object.assign(env, s3.env(), {
    AWS_ENDPOINT_URL_S3: await s3.start(),
    AWS_ENDPOINT_URL_ATHENA: await athena.start(),
  });
});
after(() => Promise.all([s3.stop(), athena.stop()]));

type Row = Record<string, unknown>;

interface World {
  bucket: string;
  /** Database with the evidence alone, and one with everything. */
  evidence: string;
  all: string;
  from: string;
  to: string;
}

/** Returns all these selects as one: the name of the question, and each row as JSON without its numbers. */
function together(asked: readonly Pick<Query, 'name' | 'sql' | 'parameters'>[]): string {
  const selects = asked.map(({ name, sql, parameters }) => {
    // A limit would cut equal rows anywhere.
    const values = { ...defaultValues(parameters), limit: { type: 'integer', value: null } as const };
    const bound = sql.replaceAll(/\$([a-z_]+)/g, (word, key: string) =>
      key in values ? literal((values as Record<string, BoundValue>)[key]!) : word,
    );
    return `select '${name}' as question, cast(to_json(q) as varchar) as answer from (${bound}) q`;
  });
  // All verdicts are computed once.
  const read = selects.map((one) => one.replaceAll(/\b(from|join) verdict\b/g, '$1 judged_once'));
  return `with judged_once as materialized (select * from verdict)\n${read.join('\nunion all\n')}`;
}

/** Asks both for these questions and compares. Returns the number of rows. */
async function compare(
  { bucket, evidence, all, from, to }: World,
  asked: readonly Pick<Query, 'name' | 'sql' | 'parameters' | 'needs'>[],
): Promise<number> {
  const { engine, close } = await linesEngine(s3, bucket);
  athena.engine = engine;
  athena.executions.clear();
  const file = join(freshFolder(), 'all.sql');
  const needs = [...new Set(asked.flatMap((question) => question.needs))].join(', ');
  const header = ['Title: x', 'Group: why', 'Why: x', `Needs: ${needs}`, 'Cost: x', 'Athena: fetched'];
  const sql = together(asked);
  writeFileSync(file, `${header.map((line) => `-- ${line}`).join('\n')}\n${sql}\n`);
  const place = ['--bucket', bucket, '--account', ACCOUNT, '--region', REGION];
  const words = ['athena', 'run', file, ...place, '--from', from, '--to', to, '--db', evidence, '--format', 'json'];
  const { code, stdout, stderr } = await draintrace(words, { env, built: true });
  close();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /, read at most 2 times: /);
  assert.match(stderr, /^read 37\.0 MB in all: \$0\.00019$/m);
  // Of these statements, two read the log.
  const statements = [...athena.executions.values()].map((one) => one.sql);
  assert.deepEqual([statements.length, statements.filter((one) => one.includes('raw_alb_log')).length], [3, 2]);
  for (const one of statements) assert.equal(one.split('raw_alb_log').length <= 2, true, 'each reads it once');
  const run = await draintrace(['sql', sql, '--db', all, '--format', 'json'], { env });
  assert.equal(run.code, 0, run.stderr);
  const loaded = JSON.parse(run.stdout) as Row[];
  const byQuestion = (rows: readonly Row[]) =>
    Object.fromEntries(
      asked.map(({ name }) => [
        name,
        rows
          .filter(({ question }) => question === name)
          .map(({ answer }) => withoutNumbers(String(answer)))
          .sort(),
      ]),
    );
  const [mine, theirs] = [byQuestion(JSON.parse(stdout) as Row[]), byQuestion(loaded)];
  for (const { name } of asked) assert.deepEqual(mine[name], theirs[name], name);
  return loaded.length;
}

function withoutNumbers(row: string): string {
  const { object_id: _, line: __, ...rest } = JSON.parse(row) as Row;
  return JSON.stringify(rest);
}

const questionsOf = (...names: string[]): Query[] => readCatalogue().filter(({ name }) => names.includes(name));
/** Questions about verdicts alone, which are computed once for all. */
const JUDGED = readCatalogue().filter(
  ({ athena: way, needs }) => way === 'fetched' && needs.every((need) => need === 'verdict'),
);

// Likely causes that rest on other targets, rollouts with pods that stay, connections of an hour. All questions at once take minutes.
for (const [scenario, evidence, questions] of [
  ['bad-day', 'evidence/event', [...JUDGED, ...questionsOf('failures-per-target')]],
  ['rollouts', 'evidence', questionsOf('failures-per-rollout', 'trace', 'late-routing', 'terminations')],
  ['websockets', 'evidence', questionsOf('websockets-closed-by-termination', 'late-routing-per-deployment')],
] as const) {
  test(`${questions.length} questions about ${scenario}`, async () => {
    const cwd = freshFolder();
    expectStatus(await cli(['simulate', '--scenario', scenario, '--seed', '11', '--out', 'world'], { cwd }), 0);
    const logs = join(cwd, 'world/logs');
    const keys = readdirSync(logs, { recursive: true })
      .map(String)
      .filter((key) => key.endsWith('.log.gz'));
    for (const key of keys) s3.put(scenario, key, readFileSync(join(logs, key)));
    const days = keys.map((key) => /\d{4}\/\d\d\/\d\d/.exec(key)![0].replaceAll('/', '-')).sort();
    const world = {
      ...{ bucket: scenario, evidence: join(cwd, 'evidence.duckdb'), all: join(cwd, 'all.duckdb') },
      ...{ from: days[0]!, to: new Date(Date.parse(days.at(-1)!) + 86_400_000).toISOString().slice(0, 10) },
    };
    expectStatus(await cli(['load', join('world', evidence), '--db', world.evidence, '--no-judge'], { cwd }), 0);
    cpSync(world.evidence, world.all);
    expectStatus(await cli(['load', 'world/logs', '--db', world.all], { cwd }), 0);
    assert.ok((await compare(world, questions)) > 10);
  });
}

/** Compares the verdicts of these cases. Returns their number. */
async function compareCases(bucket: string, cases: readonly VerdictCase[], from: string, to: string): Promise<number> {
  const { rows, facts, objects } = casesTogether(cases);
  const cwd = freshFolder();
  const absent = Object.fromEntries(FIELDS.flatMap(({ columns }) => columns.map((column) => [column, null])));
  const lines = new Map<number, string[]>();
  for (const { object_id: id, line: _, ...row } of rows) {
    const times = Object.fromEntries(
      ['time', 'request_creation_time'].map((name) => [
        name,
        typeof row[name] === 'string' ? parseTypedTime(row[name] as string, 0) : (row[name] ?? null),
      ]),
    );
    const own = lines.get(Number(id)) ?? [];
    own.push(
      printRow({
        ...absent,
        type: 'https',
        elb: 'app/a/1',
        client_ip: '192.0.2.1',
        client_port: 1,
        ...row,
        ...times,
        field_count: FIELDS.length,
        extra: null,
      }),
    );
    lines.set(Number(id), own);
  }
  for (const [id, own] of lines) {
    const key = logKey('', `${from}T00:00`, { region: REGION, ip: `10.0.${id >> 8}.${id & 255}` });
    s3.put(bucket, key, gzipSync(`${own.join('\n')}\n`));
    mkdirSync(dirname(join(cwd, 'logs', key)), { recursive: true });
    writeFileSync(join(cwd, 'logs', key), gzipSync(`${own.join('\n')}\n`));
  }
  const world = {
    ...{ bucket, evidence: join(cwd, 'evidence.duckdb'), all: join(cwd, 'all.duckdb') },
    ...{ from, to },
  };
  const database = await openDatabase(world.evidence, { readOnly: false });
  await insert(
    database.connection,
    'log_object',
    objects
      .filter(({ kind }) => kind === 'pods')
      .map((object) => ({
        ...object,
        uri: `file:///facts/${object.object_id}`,
        etag: 'x',
        size: 1,
        keep: 'all',
        status: 'complete',
      })),
  );
  await insertFacts(database.connection, facts);
  database.close();
  cpSync(world.evidence, world.all);
  expectStatus(await cli(['load', 'logs', '--db', world.all], { cwd }), 0);
  const verdicts = readCatalogue().filter(({ name }) => name === 'trace' || name === 'verdicts');
  const every = verdicts.map((question) => ({
    ...question,
    parameters: question.parameters.map((one) => (one.name === 'all' ? { ...one, default: 'true' } : one)),
  }));
  return compare(world, every);
}

test('the verdicts of the golden cases', async () => {
  // A node port of a test has more digits than a log line may have.
  const cases = CASES.filter(({ facts }) => facts.every(({ node_port: port }) => port === undefined || port === null));
  const seed = CASES.filter(({ name }) => name === 'seed-incident');
  const others = cases.filter((one) => !seed.includes(one));
  assert.ok(others.length > 250);
  assert.ok((await compareCases('golden', others, '2026-10-01', '2026-12-01')) > 350);
  assert.ok((await compareCases('seed', seed, '2023-01-07', '2023-01-08')) > 0);
});
