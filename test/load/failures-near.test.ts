/** `--keep failures` with targets of two groups, requests that run for an hour, and lines that lack a time of routing. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';

const cwd = freshFolder();
const TEN = Date.UTC(2026, 0, 31, 10);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

interface Line {
  /** When it was routed and how long it took, in milliseconds; a line may lack the first. */
  routed: number;
  took?: number;
  isUntimed?: boolean;
  target: string;
  group: string;
  status?: string;
}

const stamp = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');

function textOf({ routed, took = 20, isUntimed = false, target, group, status = '200 200' }: Line): string {
  const arn = `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${group}/73e2d6bc24d8a067`;
  const times = status.endsWith('-') ? '-1 -1 -1' : `0.001 ${took / SECOND} 0.000`;
  return (
    `h2 ${stamp(routed + took)} app/shop/50dc6c495c0c9188 203.0.113.7:1024 ${target} ${times} ${status} 90 900 ` +
    `"GET https://shop.example.com:443/ HTTP/2.0" "curl" TLS_AES_128_GCM_SHA256 TLSv1.3 ${arn} ` +
    `"Root=1-${Math.floor(routed / SECOND).toString(16)}-${routed.toString(16).padStart(24, '0')}" "shop.example.com" ` +
    `"-" 0 ${isUntimed ? '-' : stamp(routed)} "forward" "-" "-" "${target}" "200" "-" "-" TID_1 "-" "-" "-" 10.0.9.5`
  );
}

/** Loads the lines in full and with `--keep failures`, and returns what the question answers on each. */
async function answers(name: string, lines: readonly Line[], pods: string, sql: string): Promise<unknown[]> {
  const log = `${name}.log`;
  writeFileSync(join(cwd, log), `${lines.map(textOf).join('\n')}\n`);
  writeFileSync(join(cwd, `${name}.csv`), pods);
  return Promise.all(
    ['all', 'failures'].map(async (keep) => {
      const db = `${name}-${keep}.duckdb`;
      expectStatus(await cli(['load', `${name}.csv`, '--db', db], { cwd }), 0);
      expectStatus(await cli(['load', log, '--db', db, '--keep', keep, '--no-judge'], { cwd }), 0);
      const [{ requests }] = (await rowsOf(
        join(cwd, db),
        'SELECT (SELECT count(*) FROM alb_log) + coalesce((SELECT sum(requests) FROM alb_count), 0)::BIGINT AS requests',
      )) as [{ requests: number }];
      assert.equal(requests, lines.length, `${keep}: rows and counts are all requests`);
      return rowsOf(join(cwd, db), sql);
    }),
  );
}

const PODS = 'pod,ip,deleted_at\nweb-1,10.0.0.1,2026-01-31T23:00:00Z\n';
const AROUND = 'SELECT * FROM answer_around ORDER BY ALL';
const every = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

test('a target that fails in one group keeps its requests in another', async () => {
  const lines: Line[] = every(TEN, TEN + 40 * MINUTE, 3 * SECOND).map((routed) => ({
    routed,
    target: '10.0.0.1:8080',
    group: 'second',
  }));
  lines.push({ routed: TEN + 20 * MINUTE + 1, target: '10.0.0.1:8080', group: 'first', status: '502 -' });
  const [all, kept] = await answers('groups', lines, PODS, AROUND);
  assert.deepEqual(kept, all);
  assert.equal((all as { recent_answers: number }[])[0]!.recent_answers, 200);
});

test('the answer before a failure has a time of routing', async () => {
  const target = { target: '10.0.0.1:8080', group: 'web' };
  const lines: Line[] = [
    ...every(TEN, TEN + 9 * MINUTE, MINUTE).map((routed, i) => ({ ...target, routed, isUntimed: i !== 4 })),
    { ...target, routed: TEN + 45 * MINUTE, status: '502 -' },
  ];
  const [all, kept] = await answers('untimed', lines, PODS, AROUND);
  assert.deepEqual(kept, all);
  assert.notEqual((all as { answered_before: unknown }[])[0]!.answered_before, null);
});

test('a request that ran for an hour until its target went away is kept', async () => {
  const end = Date.UTC(2026, 0, 31, 23);
  const target = { target: '10.0.0.1:8080', group: 'web', status: '101 101' };
  const lines: Line[] = every(0, 20, 1).map((i) => ({
    ...target,
    routed: end - 60 * MINUTE + i * SECOND,
    took: 60 * MINUTE + (19 - i) * SECOND,
  }));
  const ended = `SELECT request_creation_time::VARCHAR AS routed FROM alb_log WHERE time >= timestamp '2026-01-31 23:00:00' ORDER BY 1`;
  const [all, kept] = await answers('hour', lines, PODS, ended);
  assert.deepEqual(kept, all);
  assert.equal((all as unknown[]).length, 20);
});

test('the requests of a target that went away just before the first of them are kept', async () => {
  const end = Date.UTC(2026, 0, 31, 23);
  const lines = every(end + MINUTE, end + 5 * MINUTE, SECOND).map((routed) => ({
    routed,
    target: '10.0.0.1:8080',
    group: 'web',
  }));
  const [all, kept] = await answers('late', lines, PODS, 'SELECT line FROM alb_log ORDER BY 1');
  assert.deepEqual(kept, all);
});
