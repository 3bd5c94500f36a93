/** Tests of one table over the logs of many accounts and regions, on a real Trino: only the partitions that are asked are read. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { placedTable } from '../../src/athena/ddl.ts';
import { placedName, readLocation } from '../../src/athena/location.ts';
import { countsStatement } from '../../src/athena/pull.ts';
import { rawTables } from '../../src/engine/table.ts';
import { splitStatements } from '../../src/query/token.ts';
import { cli, expectStatus } from '../cli.ts';
import { createTables } from './external-table.ts';
import { runTrino } from './trino.ts';
import type { TrinoServer } from './trino-server.ts';

const SCHEMA = 'shared';
const [HERE, THERE, BROKEN] = ['111122223333', '444455556666', '999900001111'];
const LOCATION = readLocation({
  ...{ bucket: 'logs', prefix: '', isShared: true },
  ...{ accounts: [HERE!, THERE!], regions: ['eu-central-1', 'eu-west-1'] },
});
const WINDOW = ['--from', '2026-03-10T00:00:00Z', '--to', '2026-03-11T00:00:00Z'];
const PLACE = ['--bucket', 'logs', '--database', SCHEMA, '--one-table', '--no-estimate', ...WINDOW];
const folderOf = (account: string, region: string): string =>
  `AWSLogs/${account}/elasticloadbalancing/${region}/2026/03/10`;

interface World {
  trino: TrinoServer;
  env: Record<string, string>;
  cwd: string;
}

export function testSharedTable(worldOf: () => World): void {
  const sorted = (words: readonly string[]) => [...new Set(words)].sort();
  const ask = (sql: string) => runTrino(worldOf().trino.origin, sql, SCHEMA);

  /** Returns the accounts and regions that a statement's plan reads. */
  async function planned(sql: string): Promise<string[]> {
    const plan = String((await ask(`explain (type io, format json) ${sql}`)).rows[0]![0]);
    return sorted([...plan.matchAll(/"(\d{12}|[a-z]{2}-[a-z]+-\d)"/g)].map(([, word]) => word!));
  }

  async function statementOf(...words: string[]): Promise<string> {
    const { env, cwd } = worldOf();
    return expectStatus(await cli(['athena', 'run', 'status-codes', ...PLACE, ...words, '--dry-run'], { cwd, env }), 0)
      .stdout;
  }

  const requests = async (sql: string): Promise<number> =>
    (await ask(`select sum(requests) as n from (${sql}) s`)).rows[0]!.map(Number)[0]!;

  before(async () => {
    const { trino, env, cwd } = worldOf();
    const raw = join(trino.files, 'raw');
    const own = join(raw, folderOf(HERE!, 'eu-central-1'));
    const access = readdirSync(own).find((name) => name.startsWith(`${HERE}_elasticloadbalancing_`))!;
    const copy = join(raw, folderOf(THERE!, 'eu-west-1'), access.replace(HERE!, THERE!).replace('central', 'west'));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(own, access), copy);
    // Whoever opens it fails.
    const broken = join(raw, folderOf(BROKEN!, 'eu-central-1'), basename(copy).replace(THERE!, BROKEN!));
    mkdirSync(dirname(broken), { recursive: true });
    writeFileSync(broken, 'no gzip');
    const tables = rawTables().map((table) => ({
      ...placedTable(table, LOCATION),
      name: placedName(table.name, { location: LOCATION, lake: null }),
    }));
    await createTables(trino, SCHEMA, tables, 'raw/AWSLogs');
    const words = ['--account', `${HERE},${THERE}`, '--region', 'eu-central-1', '--region', 'eu-west-1', ...WINDOW];
    const ddl = expectStatus(
      await cli(['athena', 'ddl', '--bucket', 'logs', '--database', SCHEMA, ...words], { cwd, env }),
      0,
    );
    const views = splitStatements(ddl.stdout).statements.filter((one) =>
      /^CREATE .*\."(?:exact_)?alb_log" AS/.test(one),
    );
    for (const view of views) await ask(view);
  });

  test('a plan names the accounts and regions that are asked, and no file of another is opened', async () => {
    const here = await statementOf('--account', HERE!, '--region', 'eu-central-1');
    const there = await statementOf('--account', THERE!, '--region', 'eu-west-1');
    const both = await statementOf('--account', HERE!, '--account', THERE!, '--region', 'eu-central-1,eu-west-1');
    assert.deepEqual(await planned(here), [HERE, 'eu-central-1']);
    assert.deepEqual(await planned(there), [THERE, 'eu-west-1']);
    assert.deepEqual(await planned(both), [HERE, THERE, 'eu-central-1', 'eu-west-1']);
    const counts = await Promise.all([here, there, both].map(requests));
    assert.ok(counts[0]! > counts[1]! && counts[1]! > 0, counts.join());
    assert.equal(counts[2], counts[0]! + counts[1]!);
    const broken = await statementOf('--account', BROKEN!, '--region', 'eu-central-1');
    await assert.rejects(requests(broken), /gzip|magic|header/i);
  });

  test('the ARN of a load balancer says which partitions, also for the counts of verdicts', async () => {
    const arn = `arn:aws:elasticloadbalancing:eu-west-1:${THERE}:loadbalancer/app/shop/0123456789abcdef`;
    assert.deepEqual(await planned(await statementOf('--lb', arn)), [THERE, 'eu-west-1']);
    const window = { from: Date.UTC(2026, 2, 10) * 1000, to: Date.UTC(2026, 2, 11) * 1000 };
    assert.deepEqual(await planned(countsStatement({ ...LOCATION, accounts: [THERE!] }, window)), [
      ...[THERE, 'eu-central-1', 'eu-west-1'],
    ]);
  });

  test('the view of the console has account and region, and reads only those that a question names', async () => {
    const { rows } = await ask(
      'select account, region, count(*) as n from alb_log group by account, region order by 1',
    );
    assert.deepEqual(
      rows.map(([account, region]) => [account, region]),
      [
        [HERE, 'eu-central-1'],
        [THERE, 'eu-west-1'],
      ],
    );
    const one = `select count(*) as n from alb_log where account = '${THERE}' and region = 'eu-west-1'`;
    assert.deepEqual(await planned(one), [THERE, 'eu-west-1']);
    assert.deepEqual((await ask(one)).rows[0], [rows[1]![2]]);
  });
}
