/** Tests how a table of CloudWatch is described, and that its relation is alb_log. test/engine reads such tables on a real Trino. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cloudwatchRelation, readCloudwatchTable } from '../../src/athena/cloudwatch-table.ts';
import { EVERYTHING } from '../../src/engine/relation.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import { draintrace, freshFolder } from '../command/world.ts';

const NAMES = ['time', 'elb', 'elb_status_code', 'client:port', 'user_agent', 'cwl__timestamp', 'new_field'];
const described = (names: readonly string[], more: object = {}): string =>
  JSON.stringify({
    Table: {
      ...{ Name: 'elb__access', DatabaseName: 'logs', CatalogId: '111122223333:s3tablescatalog/aws-cloudwatch' },
      StorageDescriptor: { Columns: names.map((Name) => ({ Name, Type: Name === 'time' ? 'timestamp' : 'string' })) },
      ...more,
    },
  });

test('the relation has the columns of alb_log, whatever the table has', () => {
  const table = readCloudwatchTable(described(NAMES), 'table.json');
  assert.equal(table.name, '"s3tablescatalog/aws-cloudwatch"."logs"."elb__access"');
  const { sql } = cloudwatchRelation(table, { from: 0, to: 1e6 });
  assert.deepEqual(
    [...sql.split(' from "s3tablescatalog')[0]!.matchAll(/ as "(\w+)"/g)].map(([, name]) => name),
    ALB_LOG.columns.map(({ name }) => name),
  );
  assert.match(sql, /cast\(null as varchar\) as "target_ip"/);
  assert.match(sql, /'"new_field=' \|\| replace\(.*\) \|\| '"' as "extra"/);
  assert.doesNotMatch(sql.replace(/line_number\(.*?\) as "line"/, ''), /cwl__/);
  // A typed time is compared as it is, so that files of other times are left out.
  assert.match(
    sql,
    /where cast\("time" as timestamp\(6\)\) is not null and cast\("time" as timestamp\(6\)\) >= timestamp '1970/,
  );
});

test('names of the catalogue cannot end their quotes', () => {
  const table = readCloudwatchTable(described([...NAMES, `x" from secret; --`, `y'z`], { Name: 'a"b' }), 'table.json');
  const { sql } = cloudwatchRelation(table, EVERYTHING);
  assert.ok(table.name.endsWith('."a""b"'));
  assert.ok(sql.includes(`"x"" from secret; --"`) && sql.includes(`'"y''z='`));
});

test('what describes no access log is refused with what to do', async () => {
  for (const [text, says] of [
    ['{', /is not JSON/],
    ['{}', /describes no table; write it by aws glue get-table/],
    [described(['time', 'elb']), /has no column elb_status_code and no column client_port/],
  ] as const) {
    assert.throws(() => readCloudwatchTable(text, 'table.json'), says);
  }
  const file = join(freshFolder(), 'table.json');
  writeFileSync(file, described(NAMES));
  for (const [words, says] of [
    [['run', 'status-codes', '--cloudwatch-table', 'nowhere.json'], /nowhere\.json cannot be read/],
    [['run', 'status-codes', '--cloudwatch-table', file, '--max-scan', '1GB'], /--max-scan needs the estimate/],
    [['pull', '--cloudwatch-table', file], /pull takes no --cloudwatch-table/],
    [
      [
        'run',
        'status-codes',
        '--cloudwatch-table',
        file,
        '--bucket',
        'logs',
        '--account',
        '111122223333',
        '--region',
        'eu-central-1',
      ],
      /both name the access log/,
    ],
  ] as const) {
    const { code, stderr } = await draintrace(['athena', ...words], { env: { HOME: freshFolder() } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
  const dry = await draintrace(['athena', 'run', 'status-codes', '--cloudwatch-table', file, '--dry-run']);
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /from "s3tablescatalog\/aws-cloudwatch"\."logs"\."elb__access"/);
});
