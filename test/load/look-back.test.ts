/** Tests late deliveries: the next run finds them, and never loads more than requested. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AskedWindow, addWindow, lookBackDays, lookBackFrom } from '../../src/load/main/look-back.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { logKey } from '../s3/ask.ts';
import { isList } from '../s3/fault.ts';
import { StandIn } from '../s3/stand-in.ts';
import { rowsOf } from './database.ts';
import { logFile } from './log.ts';

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

test('a run looks back over what earlier runs were asked for, no farther, and not over a gap', () => {
  const day = (from: number | null, to: number): AskedWindow => ({
    from: from === null ? null : from * DAY,
    to: to * DAY,
  });
  assert.equal(lookBackFrom(20 * DAY, [], 2 * DAY), 20 * DAY);
  assert.equal(lookBackFrom(20 * DAY, [day(10, 20)], 2 * DAY), 18 * DAY);
  assert.equal(lookBackFrom(20 * DAY, [day(19.5, 20)], 2 * DAY), 19.5 * DAY);
  assert.equal(lookBackFrom(20 * DAY, [day(null, 20)], 2 * DAY), 18 * DAY);
  assert.equal(lookBackFrom(20 * DAY, [day(10, 19)], 2 * DAY), 20 * DAY);
  assert.equal(lookBackFrom(20 * DAY, [day(10, 30)], 0), 20 * DAY);
  // An hour between two nights is no gap.
  assert.equal(lookBackFrom(20 * DAY, [{ from: 10 * DAY, to: 20 * DAY - HOUR }], 2 * DAY), 18 * DAY);
});

test('windows that touch become one, in whatever order they come', () => {
  const window = fc
    .record({ from: fc.option(fc.integer({ min: 0, max: 500 })), length: fc.integer({ min: 1, max: 100 }) })
    .map(
      ({ from, length }): AskedWindow => ({
        from: from === null ? null : from * HOUR,
        to: ((from ?? 0) + length) * HOUR,
      }),
    );
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 12 }), (windows) => {
      const add = (list: AskedWindow[]) => list.reduce<AskedWindow[]>((merged, one) => addWindow(merged, one), []);
      const merged = add(windows);
      assert.deepEqual(add(windows.toReversed()), merged);
      for (const { from, to } of windows) {
        const holds = (one: AskedWindow) => (one.from ?? -Infinity) <= (from ?? -Infinity) && one.to >= to;
        assert.ok(merged.some(holds), 'every window lies in one of the merged');
      }
      for (let i = 1; i < merged.length; i++) assert.ok(merged[i]!.from! - merged[i - 1]!.to > HOUR);
    }),
  );
});

test('folders behind the window are looked into as far as their days have begun', () => {
  assert.equal(lookBackDays(null, 2 * DAY, 100 * DAY), 0);
  assert.equal(lookBackDays(50 * DAY, 2 * DAY, 100 * DAY), 2);
  assert.equal(lookBackDays(50 * DAY, 1.5 * DAY, 100 * DAY), 2);
  assert.equal(lookBackDays(50 * DAY, 2 * DAY, 50.5 * DAY), 0);
  assert.equal(lookBackDays(50 * DAY, 2 * DAY, 51.5 * DAY), 1);
});

test('what is delivered days late is found by the next run, though later keys are loaded', async () => {
  const server = new StandIn();
  const endpoint = await server.start();
  try {
    const put = (end: string, seed: number, delivered = end) => {
      const start = Date.parse(`${end}:00Z`) - 300_000;
      server.put('logs', logKey('', end, { delivered, ip: `10.0.0.${seed}` }), logFile({ rows: 10, seed, start }));
    };
    const cwd = freshFolder();
    const load = async (...more: string[]) => {
      server.arrived.length = 0;
      const args = ['load', 's3://logs/', '--endpoint-url', endpoint, ...more];
      const { status, stderr } = await cli(args, { cwd, env: server.env() });
      // A run that finds nothing says so, by its exit code too.
      if (status !== 0) assert.deepEqual([status, /^nothing to load: /m.test(stderr)], [3, true], stderr);
      const sql = `SELECT regexp_extract(uri, '_(\\d{8}T\\d{4}Z)_', 1) AS "end" FROM log_object ORDER BY uri`;
      return (await rowsOf(`${cwd}/draintrace.duckdb`, sql)).map(({ end }) => end);
    };
    put('2026-03-10T12:05', 1);
    put('2026-03-12T12:05', 2);
    put('2026-03-05T12:05', 9);
    // Never requested, so never loaded, however far a run looks back.
    const first = await load('--from', '2026-03-10T00:00:00Z', '--to', '2026-03-13T00:00:00Z');
    assert.deepEqual(first, ['20260310T1205Z', '20260312T1205Z']);

    // One late object in the old folder, before known keys, and one in the folder of a later day.
    put('2026-03-11T12:05', 3);
    put('2026-03-11T12:10', 4, '2026-03-13T00:00');
    put('2026-03-13T12:05', 5);
    put('2026-03-09T12:05', 6);
    const second = await load('--from', '2026-03-13T00:00:00Z', '--to', '2026-03-14T00:00:00Z');
    assert.deepEqual(second.sort(), [
      '20260310T1205Z',
      '20260311T1205Z',
      '20260311T1210Z',
      '20260312T1205Z',
      '20260313T1205Z',
    ]);
    assert.ok(
      server.arrived.every((asked) => isList(asked) || !asked.key.includes('20260312T1205Z')),
      'no object twice',
    );

    const [recorded] = await rowsOf(
      `${cwd}/draintrace.duckdb`,
      `SELECT value FROM draintrace WHERE key LIKE 'asked window%'`,
    );
    assert.deepEqual(JSON.parse(String(recorded!.value)), {
      look_back: 2 * DAY,
      windows: [{ from: Date.parse('2026-03-10') * 1000, to: Date.parse('2026-03-14') * 1000 }],
    });
    // Without looking back, the late object is not found.
    put('2026-03-13T11:00', 7);
    const fourteenth = ['--from', '2026-03-14T00:00:00Z', '--to', '2026-03-15T00:00:00Z'];
    assert.equal((await load(...fourteenth, '--look-back', '0')).length, 5);
    assert.equal((await load(...fourteenth)).length, 6);
    const wrong = await cli(['load', 's3://logs/', '--look-back', 'long'], { cwd });
    assert.match(expectStatus(wrong, 2).stderr, /--look-back long is not a time span: write it as 2d or 12h/);
  } finally {
    await server.stop();
  }
});
