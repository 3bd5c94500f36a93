/** Tests the statements of `athena ddl`: golden tables, and the views that questions name. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { glueForm, logCatalogTable, terraformForm } from '../../src/athena/catalog-form.ts';
import { logStatement } from '../../src/athena/ddl.ts';
import { readLocation } from '../../src/athena/location.ts';
import { trinoMacros, viewRelations } from '../../src/engine/relation.ts';
import { lakeTables, rawTables } from '../../src/engine/table.ts';
import { readCatalogue } from '../../src/query/catalogue.ts';
import { splitStatements, tokensOf } from '../../src/query/token.ts';
import { TABLES } from '../../src/store/table.ts';
import { draintrace, freshFolder } from '../command/world.ts';

const LOGS = ['--bucket', 'my-alb-logs', '--prefix', 'prod', '--account', '111122223333', '--region', 'eu-central-1'];
const LAKE = ['--lake', 's3://my-lake/draintrace/'];

async function ddl(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await draintrace(['athena', 'ddl', ...words], { env: { HOME: freshFolder() } });
  assert.equal(code, 0, stderr);
  const { statements, rest } = splitStatements(stdout);
  assert.equal(rest, '');
  return statements;
}

test('the tables are these', async () => {
  const statements = await ddl(...LOGS, ...LAKE);
  const tables = statements.filter((statement) => !statement.startsWith('CREATE OR REPLACE VIEW'));
  // The pattern comes from the table of fields and has its own test.
  const printed = `${tables.map((statement) => statement.replace(/('input\.regex' = )'.*'\)/, "$1'...')")).join(';\n\n')};\n`;
  const golden = new URL('../golden/athena/tables.sql', import.meta.url);
  const changed = new URL('../golden/athena/tables-changed.sql', import.meta.url);
  const expected = existsSync(golden) ? readFileSync(golden, 'utf8') : '';
  if (printed !== expected && !process.env.CI) writeFileSync(changed, printed);
  assert.equal(printed, expected, 'see test/golden/athena/tables-changed.sql');
});

test('a name changes with the folder and with the pattern, so that no table of an older version is asked', async () => {
  const marks = async (...words: string[]) =>
    (await ddl(...words)).flatMap((one) => /\.`raw_\w+_([\da-f]{8})` \(/.exec(one)?.[1] ?? []);
  const here = await marks(...LOGS);
  const there = await marks(...LOGS.map((word) => (word === 'prod' ? 'test' : word)));
  // Three kinds of log in one folder differ in their patterns alone.
  assert.equal(new Set([...here, ...there]).size, 6);
});

test('the pattern of a log is, as Hive reads it, the one that the engine was tested with', async () => {
  const statements = await ddl(...LOGS);
  for (const { name, pattern } of rawTables()) {
    const statement = statements.find((one) => one.includes(`\`draintrace\`.\`${name}_111122223333_`))!;
    const [, literal] = /'input\.regex' = '((?:[^'\\]|\\.)*)'\)/s.exec(statement)!;
    assert.equal(literal!.replace(/\\(.)/gs, '$1'), pattern, name);
  }
});

test('a view of every name that a question needs, with no macro left, whatever there is', async () => {
  const macros = trinoMacros();
  for (const words of [LOGS, LAKE, [...LOGS, ...LAKE]]) {
    const views = (await ddl(...words)).filter((statement) => statement.startsWith('CREATE OR REPLACE VIEW'));
    const names = views.map((view) => /^CREATE OR REPLACE VIEW "draintrace"\."(\w+)" AS\n/.exec(view)![1]!);
    const expected = [...(await lakeTables()).map(({ of }) => of.name), ...viewRelations().map(({ name }) => name)];
    assert.deepEqual(
      names,
      expected.flatMap((name) => [`exact_${name}`, name]),
    );
    for (const { needs } of readCatalogue()) for (const need of needs) assert.ok(names.includes(need), need);
    for (const view of views) {
      const tokens = tokensOf(view);
      const left = tokens.filter(
        ({ kind, text }, i) => kind === 'name' && macros.has(text) && tokens[i + 1]?.text === '(',
      );
      assert.deepEqual(left, [], view.slice(0, 60));
      assert.ok(Buffer.byteLength(view) < 262_144);
    }
  }
});

test('what was not exported has no rows, and no table is looked for', async () => {
  const statements = await ddl(...LOGS);
  assert.ok(!statements.some((statement) => statement.includes('lake_')));
  const pod = statements.find((statement) => statement.includes('"draintrace"."exact_pod_fact"'))!;
  assert.match(pod, /cast\(null as timestamp\(6\)\) as "earliest".* where false\n\)$/);
  // A column may begin like the name of a table.
  const raw = rawTables().map(({ name }) => name);
  const reads = (all: string[]) => all.filter((one) => raw.some((name) => one.includes(name))).length;
  assert.ok(reads(statements) >= raw.length);
  assert.equal(reads(await ddl(...LAKE)), 0);
});

test('a table is named by where its files lie: two places never share one, in whatever database', async () => {
  const places: string[][] = [
    LOGS,
    LOGS.map((word) => (word === '111122223333' ? '444455556666' : word)),
    LOGS.map((word) => (word === 'eu-central-1' ? 'eu-west-1' : word)),
    LOGS.map((word) => (word === 'my-alb-logs' ? 'other-alb-logs' : word)),
    LOGS.map((word) => (word === 'prod' ? 'pro/d' : word)),
    LAKE,
    ['--lake', 's3://my-lake/draintrac/e'],
  ];
  const seen = new Map<string, string>();
  for (const words of places) {
    const statements = await ddl(...words);
    const tables = statements.flatMap(
      (one) => /^CREATE EXTERNAL TABLE IF NOT EXISTS `draintrace`.`(\w+)`/.exec(one)?.[1] ?? [],
    );
    assert.ok(tables.length >= 3);
    for (const table of tables) {
      assert.match(table, /^[a-z0-9_]{1,128}$/);
      assert.equal(seen.get(table), undefined, `${table} of ${words.join(' ')}`);
      seen.set(table, words.join(' '));
    }
    // The views read these tables and no others.
    const views = statements.filter((one) => one.startsWith('CREATE OR REPLACE VIEW')).join('\n');
    const read = new Set(views.match(/\b(?:raw|lake)_\w+_[\da-f]{8}\b/g));
    for (const table of read) assert.ok(tables.includes(table), table);
    assert.ok(read.size >= 3);
    assert.doesNotMatch(views, /from (?:raw|lake)_[a-z_]+ where/);
    // The same place gets the same names again.
    assert.deepEqual(await ddl(...words), statements);
  }
});

test('a window stays in the views', async () => {
  const views = await ddl(...LOGS, '--from', '2026-03-10T13:00:00Z', '--to', '2026-03-10T14:00:00Z');
  const log = views.find((statement) => statement.includes('"draintrace"."exact_alb_log"'))!;
  assert.match(log, /day >= '2026\/03\/10' and /);
  assert.match(log, /day <= '2026\/03\/11' and /);
  const open = (await ddl(...LOGS)).find((statement) => statement.includes('"draintrace"."exact_alb_log"'))!;
  assert.doesNotMatch(open, /day >=/);
});

test('bad words are refused with one sentence', async () => {
  const cases: [string[], RegExp][] = [
    [[], /give --bucket and --account/],
    [['--bucket', 'my-alb-logs', '--region', 'eu-central-1'], /--bucket needs --account/],
    [['--bucket', 'my-alb-logs', '--account', '111122223333'], /--bucket needs --region/],
    [['--account', '111122223333'], /need --bucket/],
    [['--one-table', ...LAKE], /--one-table and several --region need --bucket/],
    [[...LOGS, '--account', '12'], /--account 12 is no AWS account/],
    [[...LOGS, '--database', 'x`; drop'], /--database x`; drop is no name/],
    [[...LOGS.map((word) => (word === 'prod' ? "a'b" : word))], /--prefix a'b contains characters/],
    [[...LOGS, '--prefix', 'b'], /--prefix is given twice/],
    [['--lake', 'lake'], /--lake lake is no folder in S3/],
    [[...LOGS, 'trace'], /athena ddl takes no trace/],
    [[...LOGS, '--from', 'noon'], /--from noon is not a time/],
  ];
  for (const [words, says] of cases) {
    const { code, stdout, stderr } = await draintrace(['athena', 'ddl', ...words]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, /^draintrace: [^\n]+\n$/);
    assert.match(stderr, says);
  }
});

test('every table of the database is there', async () => {
  const names = (await lakeTables()).map(({ of }) => of.name);
  for (const { name } of TABLES) assert.ok(names.includes(name), name);
});

test('glue and terraform have the tables of the statements: names, columns, places, patterns and projections', async () => {
  const env = { HOME: freshFolder() };
  const words = ['athena', 'ddl', ...LOGS, ...LAKE];
  const statements = (await ddl(...LOGS, ...LAKE)).filter((one) => one.startsWith('CREATE EXTERNAL TABLE'));
  const glue = JSON.parse((await draintrace([...words, '--form', 'glue'], { env })).stdout) as {
    DatabaseInput: { Name: string };
    TableInputs: {
      Name: string;
      Parameters: Record<string, string>;
      PartitionKeys: { Name: string }[];
      StorageDescriptor: {
        Columns: { Name: string; Type: string }[];
        Location: string;
        SerdeInfo: { Parameters: Record<string, string> };
      };
    }[];
  };
  assert.equal(glue.DatabaseInput.Name, 'draintrace');
  assert.equal(glue.TableInputs.length, statements.length);
  const plain = (text: string) => text.replace(/\\(.)/gs, '$1');
  for (const [i, { Name, Parameters, PartitionKeys, StorageDescriptor }] of glue.TableInputs.entries()) {
    const statement = statements[i]!;
    assert.ok(statement.startsWith(`CREATE EXTERNAL TABLE IF NOT EXISTS \`draintrace\`.\`${Name}\` (`), Name);
    const columns = [...statement.split('\n)')[0]!.matchAll(/^ {2}`(\w+)` (\w+)/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    assert.deepEqual(
      StorageDescriptor.Columns.map((one) => `${one.Name} ${one.Type}`),
      columns,
    );
    assert.ok(statement.includes(`LOCATION '${StorageDescriptor.Location}'`));
    assert.equal(statement.includes('PARTITIONED BY'), PartitionKeys.length > 0);
    const regex = StorageDescriptor.SerdeInfo.Parameters['input.regex'];
    if (regex !== undefined) assert.equal(plain(/'input\.regex' = '((?:[^'\\]|\\.)*)'\)/s.exec(statement)![1]!), regex);
    const properties = [...(statement.split('TBLPROPERTIES')[1] ?? '').matchAll(/'(.+?)' = '(.+?)'/g)];
    for (const [, key, value] of properties) assert.equal(Parameters[key!], value);
    assert.equal(
      properties.length,
      Object.keys(Parameters).filter((key) => /^(?:projection|storage)/.test(key)).length,
    );
  }

  const terraform = await draintrace([...words, '--form', 'terraform'], { env });
  const { resource } = JSON.parse(terraform.stdout);
  const tables = Object.entries(resource.aws_glue_catalog_table) as [string, Record<string, never>][];
  assert.deepEqual(
    tables.map(([name]) => name),
    glue.TableInputs.map(({ Name }) => Name),
  );
  // Each expression but the database's name is escaped.
  const expressions = [...terraform.stdout.matchAll(/(?<!\$)\$\{[^}]*\}/g)].map(([text]) => text);
  assert.deepEqual([...new Set(expressions)], [`\${aws_glue_catalog_database.draintrace.name}`]);
  for (const [i, [, table]] of tables.entries()) {
    const { parameters, storage_descriptor } = table as unknown as {
      parameters: Record<string, string>;
      storage_descriptor: [
        { columns: unknown[]; location: string; ser_de_info: [{ parameters: Record<string, string> }] },
      ];
    };
    const unescaped = (entries: Record<string, string>) =>
      Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, value.replace(/([$%])\1(?=\{)/g, '$1')]));
    const { Parameters, StorageDescriptor } = glue.TableInputs[i]!;
    assert.deepEqual(unescaped(parameters), Parameters);
    assert.deepEqual(
      unescaped(storage_descriptor[0].ser_de_info[0].parameters),
      StorageDescriptor.SerdeInfo.Parameters,
    );
    assert.equal(storage_descriptor[0].columns.length, StorageDescriptor.Columns.length);
  }
  const both = await draintrace([...words, '--form', 'glue', '--apply'], { env });
  assert.deepEqual([both.code, both.stdout], [2, ''], both.stderr);
});

test('several accounts and regions share a table, whose name and folders do not change with the list', async () => {
  const at = (accounts: string[], regions: string[], isShared = true) =>
    readLocation({ bucket: 'my-alb-logs', prefix: 'prod', accounts, regions, isShared });
  const [alb] = rawTables();
  const two = at(['111122223333', '444455556666'], ['eu-central-1', 'eu-west-1'], false);
  const statement = logStatement('draintrace', alb!, two);
  for (const location of [at([], []), at(['777788889999'], ['us-east-1'])]) {
    assert.equal(logStatement('draintrace', alb!, location), statement);
  }
  assert.match(statement, /`raw_alb_log_accounts_[\da-f]{8}` \(/);
  assert.match(statement, /\nPARTITIONED BY \(`account` string, `region` string, `day` string\)\n/);
  assert.match(statement, /LOCATION 's3:\/\/my-alb-logs\/prod\/AWSLogs\/'/);
  assert.match(
    statement,
    /'storage.location.template' = 's3:\/\/my-alb-logs\/prod\/AWSLogs\/\$\{account\}\/elasticloadbalancing\/\$\{region\}\/\$\{day\}\/'/,
  );
  // One place has the table that it always had.
  const one = logStatement('draintrace', alb!, at(['111122223333'], ['eu-central-1'], false));
  assert.match(one, /`raw_alb_log_111122223333_eu_central_1_4fe0deff` \(/);
  assert.doesNotMatch(one, /injected/);
  const table = logCatalogTable(alb!, two);
  const forms = JSON.stringify([glueForm('draintrace', [table]), terraformForm('draintrace', [table])]);
  assert.deepEqual(table.partitions, [
    { name: 'account', type: 'string' },
    { name: 'region', type: 'string' },
    { name: 'day', type: 'string' },
  ]);
  for (const [, key, value] of statement.split('TBLPROPERTIES')[1]!.matchAll(/'(.+?)' = '(.+?)'/g))
    assert.equal(table.parameters[key!], value);
  assert.equal(forms.split('"projection.account.type":"injected"').length, 3);
  // The views of logs name the place of each row, and other views do not.
  const places = ['--account', '111122223333,444455556666', '--region', 'eu-central-1'];
  const views = await ddl('--bucket', 'my-alb-logs', '--prefix', 'prod', ...places);
  const view = (name: string) => views.find((one) => one.includes(`"draintrace"."${name}" AS`))!;
  assert.match(view('exact_alb_log'), /account in \('111122223333', '444455556666'\) and region in \('eu-central-1'\)/);
  for (const { of } of rawTables()) assert.match(view(of.name), /, "account", "region" from exact_/);
  assert.doesNotMatch(view('failure'), /"account"/);
});
