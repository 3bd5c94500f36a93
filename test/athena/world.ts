/** Test world for `athena run`: a bucket with a few day folders, and an Athena with prepared answers. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import { freshFolder } from '../cli.ts';
import { draintrace, type Run } from '../command/world.ts';
import { logKey } from '../s3/ask.ts';
import { StandIn } from '../s3/stand-in.ts';
import { type Result, StandInAthena } from './stand-in.ts';

export const PLACE = ['--bucket', 'logs', '--prefix', 'prod', '--account', '111122223333', '--region', 'eu-central-1'];
export const WINDOW = ['--from', '2026-03-10T13:00:00Z', '--to', '2026-03-10T15:00:00Z'];
export const NOW = Date.UTC(2026, 2, 10, 15, 7, 31);

export const s3 = new StandIn();
export const athena = new StandInAthena();
export const env: Record<string, string> = { HOME: freshFolder() };

export const RESULT: Result = {
  columns: [
    { name: 'time', type: 'timestamp' },
    { name: 'target_ip', type: 'varchar' },
    { name: 'requests', type: 'bigint' },
    { name: 'seconds', type: 'double' },
  ],
  rows: Array.from({ length: 7 }, (_, i) => [
    `2026-03-10 14:00:0${i}.123456`,
    i === 3 ? null : `10.0.0.${i}`,
    String(i * 1000),
    `${i}.5`,
  ]),
  scanned: 4_320_000,
};

export const run = (name: string, ...more: string[]): Promise<Run> =>
  draintrace(['athena', 'run', name, ...PLACE, ...more], { env, now: NOW });

/** Asserts one sentence, the exit code, and no rows. */
export function expectRefusal({ code, stdout, stderr }: Run, status: number, says: RegExp): void {
  assert.deepEqual([code, stdout], [status, ''], stderr);
  const last = stderr.trimEnd().split('\n').at(-1)!;
  assert.match(last, /^draintrace: /);
  assert.match(last, says);
  assert.doesNotMatch(stderr, /bug/);
}

/** Starts both servers for the tests of a file, ends them, and resets them between tests. */
export function useWorld(): void {
  before(async () => {
    s3.region = 'eu-central-1';
    const key = (end: string, kind = '') => logKey('prod/', end, { region: 'eu-central-1', kind });
    s3.put('logs', key('2026-03-09T10:00'), Buffer.alloc(1));
    s3.put('logs', key('2026-03-10T10:00'), Buffer.alloc(20_000));
    s3.put('logs', key('2026-03-10T14:00', 'conn_log_'), Buffer.alloc(300_000));
    s3.put('logs', key('2026-03-11T00:05'), Buffer.alloc(4_000_000));
    s3.put('logs', key('2026-03-12T00:05'), Buffer.alloc(5));
    Object.assign(env, s3.env(), {
      AWS_ENDPOINT_URL_S3: await s3.start(),
      AWS_ENDPOINT_URL_ATHENA: await athena.start(),
    });
  });
  after(() => Promise.all([s3.stop(), athena.stop()]));
  beforeEach(() => {
    athena.actions.length = athena.bodies.length = athena.faults.length = 0;
    athena.executions.clear();
    athena.stuck = athena.limit = null;
    athena.states = ['QUEUED', 'RUNNING'];
    athena.pageRows = 1000;
    athena.writes = () => null;
    athena.engine = () => RESULT;
  });
}
