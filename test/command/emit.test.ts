/**
 * Tests `load --emit` and `merge`: units of many processes, some of them killed, are together what one load of all would be. UNITS
 * is the number of units of the day.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { ownUnits } from '../../src/command/emit.ts';
import type { LoadArguments } from '../../src/command/load-option.ts';
import { parseUnit, unitFile, unitLake, unitName, unitOfFile, unitText } from '../../src/store/unit.ts';
import { DAY, formatMillis, fromMillis, HOUR } from '../../src/time/time.ts';
import { cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { randomNumbers } from '../fuzz/mutate.ts';
import { assertSameDatabase, BY_URI, rowsOf } from '../load/database.ts';

const UNITS = Number(process.env.UNITS ?? 12);
const SAMPLES = ['rollout-day', 'recorded-incident'].map((name) => join(ROOT, 'samples', name));
const BEGIN = fromMillis(Date.UTC(2026, 2, 10));
const at = (time: number): string => formatMillis(time);
const loads = (from: number, to: number) => [
  ...['load', ...SAMPLES, '--timezone', '+08:00', '--from', at(from), '--to', at(to)],
];
/** Without what depends on the order of loading. */
const VERDICTS = 'select * exclude (object_id, line, evidence) from verdict order by all';

test(`${UNITS} units by processes beside each other, some of them killed, are what one load of all is`, async () => {
  const cwd = freshFolder();
  const random = randomNumbers(UNITS);
  const spans = Array.from({ length: UNITS }, (_, i) => [
    BEGIN + Math.round((i * DAY) / UNITS),
    BEGIN + Math.round(((i + 1) * DAY) / UNITS),
  ]);
  const emit = ([from, to]: number[]) => [...loads(from!, to!), '--emit', 'units', '-q'];
  let kills = 0;
  await pMap(
    spans,
    async (span) => {
      if (random(2) === 0) {
        const { child, done } = startCli(emit(span), { cwd });
        await Promise.race([delay(300 + random(1500)), done]);
        if (child.kill('SIGKILL')) kills += 1;
        await done;
      }
      expectStatus(await cli(emit(span), { cwd }), 0);
    },
    { concurrency: availableParallelism() },
  );
  const files = readdirSync(join(cwd, 'units')).map(unitOfFile);
  assert.equal(files.filter((name) => name !== null).length, UNITS);
  const left = readdirSync(join(cwd, 'units'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.part/.test(name),
  );
  assert.deepEqual(left, []);
  assert.ok(kills > 0);

  // A third of them first, as on another day.
  const hidden = files.filter((name) => name !== null).slice(UNITS / 3);
  const texts = hidden.map(
    (name) => [join(cwd, 'units', unitFile(name)), readFileSync(join(cwd, 'units', unitFile(name)), 'utf8')] as const,
  );
  for (const [path] of texts) rmSync(path);
  expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 0);
  for (const [path, text] of texts) writeFileSync(path, text);
  const { child, done } = startCli(['merge', 'units', '--db', 'merged.duckdb'], { cwd });
  await Promise.race([delay(300 + random(1500)), done]);
  child.kill('SIGKILL');
  await done;
  expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 0);
  const again = expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 0);
  assert.match(
    again.stderr,
    new RegExp(`^merged 0 units: 0 new objects in merged.duckdb; ${UNITS} units merged before$`, 'm'),
  );

  expectStatus(await cli([...loads(BEGIN, BEGIN + DAY), '--db', 'whole.duckdb', '-q'], { cwd }), 0);
  const [merged, whole] = ['merged.duckdb', 'whole.duckdb'].map((name) => join(cwd, name));
  assert.ok((await assertSameDatabase(merged!, whole!, BY_URI)) > 800);
  const verdicts = await rowsOf(whole!, VERDICTS);
  assert.ok(verdicts.length > 30);
  assert.deepEqual(await rowsOf(merged!, VERDICTS), verdicts);
});

test('a unit that cannot be read whole is not there, and what a merge cannot take is one sentence', async () => {
  const cwd = freshFolder();
  const none = expectStatus(await cli(['load', '/no/such/place', '--emit', 'units'], { cwd }), 3);
  assert.match(none.stderr, /no\/such\/place/);
  assert.ok(!existsSync(join(cwd, 'units')) || readdirSync(join(cwd, 'units')).length === 0);
  assert.match(
    expectStatus(await cli(['merge', 'units'], { cwd }), 3).stderr,
    /^draintrace: units cannot be read \(ENOENT\)/,
  );
  mkdirSync(join(cwd, 'units'), { recursive: true });
  assert.match(
    expectStatus(await cli(['merge', 'units'], { cwd }), 3).stderr,
    /^draintrace: units has no complete unit: /,
  );
  writeFileSync(join(cwd, 'units', unitFile('x')), '{"format":1,"lake":"../../etc"}');
  assert.match(
    expectStatus(await cli(['merge', 'units'], { cwd }), 3).stderr,
    /^1 unit not merged:\n {2}units\/unit=x\.json is no manifest/,
  );
  assert.match(
    expectStatus(await cli(['load', SAMPLES[1]!, '--emit', 'units/unit=x.json'], { cwd }), 6).stderr,
    /^draintrace: units\/unit=x\.json\/.* cannot be read \(ENOTDIR\)/,
  );
});

test('a unit whose lake is gone is named, not counted as merged, and the others are merged', async () => {
  const cwd = freshFolder();
  for (const [place, sample] of [
    ['units', SAMPLES[1]!],
    ['other', SAMPLES[0]!],
  ] as const)
    expectStatus(await cli(['load', sample, '--emit', place], { cwd }), 0);
  const [manifest] = readdirSync(join(cwd, 'other')).filter((name) => unitOfFile(name) !== null);
  // A link to a manifest is one, and its lake is elsewhere.
  symlinkSync(join('..', 'other', manifest!), join(cwd, 'units', manifest!));
  for (const merged of ['merged 1 unit', 'merged 0 units']) {
    const { stderr } = expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 4);
    assert.match(stderr, /^1 unit not merged:\n {2}units\/unit=\S+\/draintrace-lake\.json is missing$/m);
    assert.ok(stderr.includes(merged), stderr);
  }
  cpSync(join(cwd, 'other'), join(cwd, 'units'), { recursive: true });
  const all = expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 0);
  assert.match(all.stderr, /^merged 1 unit: .*; 1 unit merged before$/m);
});

test('a relative window is another unit each time; a damaged unit is named with what to do', async () => {
  const cwd = freshFolder();
  const emit = async () => {
    const words = ['load', SAMPLES[1]!, '--from', '-9000d', '--to', 'now', '--emit', 'units'];
    return expectStatus(await cli(words, { cwd }), 0).stderr;
  };
  const first = await emit();
  assert.match(first, /^unit all\.\S+: logs of its window may still come, and are not in it; a unit is made once/m);
  // The next night sees another window, so what came meanwhile is in a unit.
  assert.doesNotMatch(await emit(), /is complete already/);
  const units = readdirSync(join(cwd, 'units'), { recursive: true, encoding: 'utf8' });
  assert.equal(units.filter((name) => unitOfFile(name) !== null).length, 2);
  const file = units.find((name) => name.endsWith('.parquet') && name.includes('alb_log'))!;
  rmSync(join(cwd, 'units', file));
  const { stderr } = expectStatus(await cli(['merge', 'units', '--db', 'merged.duckdb'], { cwd }), 4);
  const manifest = `${file.slice(0, file.indexOf('/'))}.json`;
  assert.ok(stderr.includes(`remove its manifest in units, emit it again, and merge again: ${manifest}`), stderr);
});

test('the same part has one name, and no name leads out of the place', () => {
  const part = { source: ['s3://logs'], from: at(BEGIN), to: null, lb: ['shop'], account: [], region: [], logs: [] };
  const whole = { ...part, timezone: 'Z', captured_at: null };
  assert.equal(unitName(whole), unitName({ ...whole }));
  assert.notEqual(unitName(whole), unitName({ ...whole, logs: ['access'] }));
  const evil = unitName({ ...whole, lb: ['../../x y', '*'.repeat(500)] });
  assert.equal(unitOfFile(unitFile(evil)), evil);
  assert.match(unitLake(evil, '0123456789abcdef'), /^unit=[\w.-]+\/lake-0123456789abcdef$/);
  const sums = { objects: 1, rows: 2, failures: 0 };
  const lake = unitLake(evil, '0123456789abcdef');
  assert.equal(parseUnit(unitText({ lake, part: whole, ...sums }), 'x').lake, lake);
  for (const wrong of ['', '{', '[]', unitText({ lake: '../x', part: whole, ...sums })])
    assert.throws(() => parseUnit(wrong, 'x'), /^StoreError: x /);
  assert.throws(() => parseUnit('{"format":2}', 'x'), /another version/);
});

test('each job has its own balancers and days, and all of them have all', () => {
  const typed = { from: '2026-03-10T01:00:00Z', to: '2026-03-12' };
  const given = { lb: ['a', 'b'], source: ['s3://logs'], ...typed } as unknown as LoadArguments;
  const span = { from: BEGIN + HOUR, to: BEGIN + 2 * DAY };
  const units = [0, 1, 2].flatMap((index) => ownUnits({ ...given, of: 3, index: String(index) }, span, {}));
  const spans = units.map(({ lb, from, to }) => `${lb.join()} ${from} ${to}`).sort();
  assert.deepEqual(spans, [
    'a 2026-03-10T01:00:00.000Z 2026-03-11T00:00:00.000Z',
    'a 2026-03-11T00:00:00.000Z 2026-03-12T00:00:00.000Z',
    'b 2026-03-10T01:00:00.000Z 2026-03-11T00:00:00.000Z',
    'b 2026-03-11T00:00:00.000Z 2026-03-12T00:00:00.000Z',
  ]);
  const env = { AWS_BATCH_JOB_ARRAY_INDEX: '2' };
  assert.deepEqual(
    ownUnits({ ...given, of: 3, index: undefined }, span, env).map(({ lb, from }) => [lb, from]),
    [[['a'], '2026-03-11T00:00:00.000Z']],
  );
  assert.throws(() => ownUnits({ ...given, of: 3, index: '3' }, span, {}), /--index 3 is not from 0 to 2/);
  assert.throws(() => ownUnits({ ...given, of: 3, index: undefined }, span, {}), /nor is JOB_COMPLETION_INDEX/);
  assert.throws(() => ownUnits({ ...given, of: 3, index: '0' }, { from: null, to: null }, {}), /--of divides a window/);
  const relative = { ...given, from: '-2d', to: '2026-03-12', of: 3, index: '0' };
  assert.throws(() => ownUnits(relative, span, {}), /-2d is another time in each: write it as 2026-03-10/);
  assert.throws(() => ownUnits({ ...given, of: undefined, index: '0' }, span, {}), /--index needs --of/);
});
