/**
 * Golden logs through the built program: each folder of test/golden/alb-log has access.log and expected.json with all alb_log
 * columns of each line, written from the vendor's description of the format. Also other objects of a bucket.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ALB_LOG } from '../../src/store/table.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';

const GOLDEN = join(ROOT, 'test/golden/alb-log');
const CASES = readdirSync(GOLDEN).sort();
type Row = Record<string, unknown>;

const read = (name: string): Buffer => readFileSync(join(GOLDEN, name, 'access.log'));

async function ask(cwd: string, statement: string): Promise<Row[]> {
  const { stdout } = expectStatus(await cli(['sql', statement, '--format', 'json'], { cwd }), 0);
  return JSON.parse(stdout) as Row[];
}

describe('golden logs', () => {
  const cwd = freshFolder();
  let rows: Row[] = [];

  before(async () => {
    // Plain and gzipped logs must give the same rows, so every other one is gzipped.
    mkdirSync(join(cwd, 'logs'));
    for (const [i, name] of CASES.entries()) {
      const bytes = read(name);
      writeFileSync(join(cwd, 'logs', `${name}.log${i % 2 ? '.gz' : ''}`), i % 2 ? gzipSync(bytes) : bytes);
    }
    expectStatus(await cli(['load', 'logs'], { cwd }), 0);
    const name = "regexp_extract(uri, '.*/([^.]*)', 1) as name";
    rows = await ask(cwd, `select ${name}, a.* exclude (object_id) from alb_log a join log_object using (object_id)`);
  });

  for (const name of CASES) {
    test(name, () => {
      const expected = JSON.parse(readFileSync(join(GOLDEN, name, 'expected.json'), 'utf8')) as Row[];
      const columns = ALB_LOG.columns.map((column) => column.name).filter((column) => column !== 'object_id');
      for (const row of expected) assert.deepEqual(Object.keys(row), columns, 'expected.json has all columns');
      const found = rows.filter((row) => row.name === name).map(({ name: _, ...row }) => row);
      found.sort((a, b) => Number(a.line) - Number(b.line));
      try {
        assert.deepEqual(found, expected);
      } catch (error) {
        const text = `[\n${found.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`;
        if (!process.env.CI) writeFileSync(join(GOLDEN, name, 'expected-changed.json'), text);
        throw error;
      }
    });
  }

  test('the recorded 504 took ten seconds and 2,365 microseconds', async () => {
    const elapsed = await ask(
      cwd,
      "select epoch_us(time) - epoch_us(request_creation_time) as e from alb_log where target_ip = '10.0.2.61'",
    );
    assert.deepEqual(elapsed, [{ e: 10_002_365 }]);
  });

  test('every line of every case is a row, and nothing was rejected', async () => {
    const lines = CASES.map((name) => read(name).toString().split('\n').length - 1).reduce((a, b) => a + b);
    const sums = 'sum(lines)::int as lines, sum("rows")::int as n, sum(rejected)::int as rejected';
    assert.deepEqual(await ask(cwd, `select ${sums} from log_object`), [{ lines, n: lines, rejected: 0 }]);
  });
});

const BASE = '111122223333_elasticloadbalancing_eu-central-1';
const NLB =
  'tls 2.0 2026-03-10T14:00:31 net/shop-tcp/c6e77e28c25b2234 g3d4b5e8bb8464cd 198.51.100.34:51341 10.20.0.44:443 5 2 98 246 - - - ECDHE-RSA-AES128-SHA tlsv12 - tcp.shop.example - - - 2026-03-10T14:00:30\n';
const CLASSIC =
  '2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "\\"nlpproject.info research\\"" - -\n';

test('what is no access log is named and counted, whatever its name says', async () => {
  const cwd = freshFolder();
  const alb = read('seed-incident');
  const files: Record<string, [bytes: Buffer, kind: string, status: string, rows: number]> = {
    [`${BASE}_net.shop-tcp.c6e77e28c25b2234_20260310T1405Z_2fz8w1yb.log.gz`]: [gzipSync(NLB), 'nlb_log', 'skipped', 0],
    'renamed.log': [Buffer.from(NLB), 'nlb_log', 'skipped', 0],
    [`${BASE}_my-loadbalancer_20150513T2340Z_172.160.001.192_20sg8hgm.log`]: [
      Buffer.from(CLASSIC),
      'classic_elb_log',
      'skipped',
      0,
    ],
    [`${BASE}_app.shop.50dc_20260310T1405Z_10.20.0.11_a.log.gz`]: [Buffer.alloc(0), 'empty', 'skipped', 0],
    ELBAccessLogTestFile: [
      Buffer.from('Enable AccessLog for ELB: app/shop/50dc6c495c0c9188 at 2020-11-20T09:55:52.806Z'),
      'alb_test_file',
      'skipped',
      0,
    ],
    'notes.txt': [Buffer.from('nothing of ours\n'), 'unknown', 'skipped', 0],
    'config.json': [Buffer.from('{"Buckets": []}'), 'unknown', 'skipped', 0],
    // Two gzip members, and a name without meaning.
    'two-members': [Buffer.concat([gzipSync(alb), gzipSync(alb)]), 'alb_access_log', 'complete', 2],
  };
  mkdirSync(join(cwd, 'logs'));
  for (const [name, [bytes]] of Object.entries(files)) writeFileSync(join(cwd, 'logs', name), bytes);
  // Each was named by the user, so each useless file is reported by name.
  const run = expectStatus(await cli(['load', ...Object.keys(files).map((name) => join('logs', name))], { cwd }), 4);
  assert.match(run.stderr, /^5 objects of no use:$/m);

  const found = await ask(cwd, 'select uri, kind, status, detail, "rows" as n from log_object');
  for (const [name, [, kind, status, n]] of Object.entries(files)) {
    const object = found.find(({ uri }) => String(uri).endsWith(`/${name}`));
    assert.deepEqual([object?.kind, object?.status, object?.n], [kind, status, n], name);
    // The summary names the kind of each skipped object.
    if (status === 'skipped') assert.match(run.stderr, new RegExp(`^  \\d × ${escapeRegExp(object!.detail)}$`, 'm'));
  }
  assert.match(run.stderr, /^skipped 7 objects:$/m);
});

const escapeRegExp = (text: unknown): string => String(text).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
