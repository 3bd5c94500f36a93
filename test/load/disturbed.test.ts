/**
 * All of an object or nothing, whatever happens during reading: after each fault no row exists without a ledger entry for its
 * object, and the next run makes the same database as an undisturbed load.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TABLES } from '../../src/store/table.ts';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { assertSameDatabase, BY_URI, rowsOf } from './database.ts';
import { type Disturbance, disturbedBy } from './disturb.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 1, 3, 9);
const log = (seed: number, rows: number) =>
  logText({ rows, seed, start: START + seed * 60_000, failEvery: 50, breakEvery: 400 });

const targets = (answers: number) =>
  Array.from({ length: answers }, (_, i) =>
    JSON.stringify({
      capturedAt: new Date(START + i * 7000).toISOString(),
      targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-web0/73e2d6bc24d8a067',
      TargetHealthDescriptions: [10, 11, 12].map((host) => ({
        Target: { Id: `10.0.0.${host}`, Port: 8080 },
        TargetHealth: { State: i % 9 === host % 9 ? 'draining' : 'healthy' },
      })),
    }),
  ).join('\n');

const checks = (rows: number) =>
  Array.from(
    { length: rows },
    (_, i) =>
      `http ${new Date(START + i * 1000).toISOString().replace('Z', '000Z')} 0.004 10.0.1.${i % 200}:8080 k8s-shop-web PASS 200 - app/k8s-shop/50dc6c495c0c9188 10.0.0.7\n`,
  ).join('');

/** Several MB each, because a read takes 1 MiB. */
function fill(folder: string): string {
  const logs = join(folder, 'in');
  mkdirSync(logs);
  writeFileSync(join(logs, 'a.log'), log(1, 6000));
  writeFileSync(join(logs, 'b.log'), log(2, 500));
  writeFileSync(join(logs, 'checks.log'), checks(20_000));
  return logs;
}

/** Asserts that no table has rows of an object that is not in the ledger. */
async function assertNoOrphans(db: string): Promise<void> {
  for (const { name } of TABLES) {
    const orphans = await rowsOf(
      db,
      `SELECT object_id, count(*) AS n FROM ${name} WHERE object_id NOT IN (SELECT object_id FROM log_object) GROUP BY 1`,
    );
    assert.deepEqual(orphans, [], `rows of ${name} without a ledger entry`);
  }
}

const folder = freshFolder();
const logs = fill(folder);
/** None for `--keep failures`: the targets that went away depend on all logs of a run. A large file is read by a thread of its own. */
const EVIDENCE = { all: targets(12_000), large: targets(40_000), failures: null };
for (const [name, text] of Object.entries(EVIDENCE)) {
  mkdirSync(join(folder, name));
  if (text !== null) writeFileSync(join(folder, name, 'targets.json'), text);
}
const whole: Record<string, string> = {};

async function load(db: string, what: keyof typeof EVIDENCE, fault?: Disturbance) {
  const keep = what === 'failures' ? what : 'all';
  const evidence = EVIDENCE[what] === null ? [] : [join(folder, what)];
  return cli(['load', logs, ...evidence, '--db', db, '--keep', keep, '--no-judge'], {
    cwd: folder,
    env: fault ? disturbedBy(fault, folder) : {},
    timeout: 300_000,
  });
}

/** Exit code and message of the disturbed run. */
const FAULTS: readonly (Disturbance & { what?: keyof typeof EVIDENCE; status: number; says: RegExp })[] = [
  { kind: 'EIO', file: 'a.log', at: 1, status: 4, says: /in\/a\.log: EIO/ },
  { kind: 'EIO', file: 'a.log', at: 2, status: 4, says: /in\/a\.log: EIO/ },
  { kind: 'EIO', file: 'a.log', at: 4, status: 4, says: /in\/a\.log: EIO/ },
  { kind: 'EIO', file: 'a.log', at: 3, what: 'failures', status: 4, says: /in\/a\.log: EIO/ },
  { kind: 'EIO', file: 'checks.log', at: 2, status: 4, says: /in\/checks\.log: EIO/ },
  { kind: 'EIO', file: 'checks.log', at: 2, what: 'failures', status: 4, says: /in\/checks\.log: EIO/ },
  { kind: 'EIO', file: 'targets.json', at: 3, status: 4, says: /all\/targets\.json: EIO/ },
  { kind: 'EIO', file: '', at: 1, status: 3, says: /4 objects not loaded/ },
  {
    kind: 'memory',
    file: 'targets.json',
    at: 14,
    what: 'large',
    status: 4,
    says: /large\/targets\.json: needs more than \d+ MiB of memory/,
  },
  { kind: 'exit', file: 'a.log', at: 2, status: 5, says: /a thread of load ended/ },
  { kind: 'ENOSPC', file: '.parquet', at: 1, status: 5, says: /the disk is full/ },
  { kind: 'ENOSPC', file: '.parquet', at: 40, status: 5, says: /the disk is full/ },
  // Writes that take a part each, and never fail.
  { kind: 'ENOSPC', file: '.parquet', at: 1e9, status: 0, says: /./ },
];

for (const { what = 'all', status, says, ...fault } of FAULTS) {
  const name = `${fault.kind} at ${fault.at} of ${fault.file || 'every file'}, ${what}`;
  test(`${name}: no row without its ledger entry, and the next run makes it whole`, async () => {
    if (!whole[what]) {
      whole[what] = join(folder, `whole-${what}.duckdb`);
      expectStatus(await load(whole[what], what), 0);
    }
    const db = join(folder, 'disturbed.duckdb');
    try {
      for (let times = 0; times < 2; times++) {
        check(expectStatus(await load(db, what, fault), status), ({ stderr }) => assert.match(stderr, says));
        await assertNoOrphans(db);
        assert.ok(!existsSync(`${db}.spool`), 'what was on its way is gone');
      }
      expectStatus(await load(db, what), 0);
      await assertSameDatabase(whole[what], db, BY_URI);
    } finally {
      for (const left of [db, `${db}.wal`, `${db}.spool`]) rmSync(left, { recursive: true, force: true });
    }
  });
}
