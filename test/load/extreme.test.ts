/** No value in a log or in evidence may stop a batch: its line, field or object is named, and everything else is loaded. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_FIELDS } from '../../src/alb/record.ts';
import { type PodFact, UNSAID } from '../../src/evidence/fact.ts';
import { FactBuffers } from '../../src/load/worker/fact-buffer.ts';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { rowsOf } from './database.ts';
import { logText } from './log.ts';

const START = Date.UTC(2026, 1, 5, 12);
const [sound] = logText({ rows: 1, seed: 5, start: START }).split('\n') as [string];

/** Limits of the types of the store, and of the steps before it. */
const EDGES = [7, 8, 15, 16, 31, 32, 53, 63, 64].flatMap((bits) => [
  2 ** bits - 1,
  2 ** bits,
  -(2 ** bits),
  -(2 ** bits) - 1,
]);
const number = fc.oneof(
  fc.constantFrom(...EDGES, 0, -1, 0.5, 1e308, 5e-324, 999, 1000, 65535, 65536),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const digits = number.map((value) => BigInt(Math.trunc(value)).toString());
const text = fc.oneof(
  number.map(String),
  digits,
  fc.constantFrom('', '-', '1e999', 'NaN', 'Infinity', '\u0000', '\uD800', '\u{1F600}', 'ä'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const stamp = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z',
    '+275760-09-13T00:00:00Z',
    '-271821-04-20T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '2262-04-11T23:47:16.854775Z',
  ),
);

/** Returns a line with some fields replaced. Blanks and quotes are excluded, because they would split fields. */
const accessLine = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(32), fc.oneof(digits, stamp, text)), { maxLength: 3 }),
    fc.constantFrom(0, 0, 1, 200, 32_700, 32_737, 32_738, 70_000),
  )
  .map(([changes, more]) => {
    const fields = sound.match(/"[^"]*"|\S+/g)!;
    for (const [at, value] of changes) fields[at % fields.length] = value.replace(/["\s]/g, '') || '-';
    return [...fields, ...Array.from({ length: more }, () => '-')].join(' ');
  });

const pod = fc
  .record({ port: number, grace: number, exit: number, sleep: number, at: stamp, name: text, started: stamp })
  .map((one) => ({
    kind: 'Pod',
    metadata: {
      name: one.name || 'x',
      uid: one.name,
      creationTimestamp: one.at,
      deletionTimestamp: one.started,
      deletionGracePeriodSeconds: one.grace,
    },
    spec: {
      terminationGracePeriodSeconds: one.grace,
      containers: [
        {
          name: 'web',
          ports: [{ containerPort: one.port }],
          lifecycle: { preStop: { sleep: { seconds: one.sleep } } },
        },
      ],
    },
    status: {
      podIP: '10.2.0.1',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: one.started }],
      containerStatuses: [
        { name: 'web', lastState: { terminated: { exitCode: one.exit, finishedAt: one.at, reason: one.name } } },
      ],
    },
  }));

const answer = fc.record({ at: stamp, port: number, state: text }).map(({ at, port, state }) => ({
  capturedAt: at,
  TargetHealthDescriptions: [
    { Target: { Id: '10.2.0.1', Port: port }, TargetHealth: { State: 'healthy', Reason: state, Description: state } },
  ],
}));

const ANSWER = {
  capturedAt: '2026-02-05T12:00:02Z',
  TargetHealthDescriptions: [{ Target: { Id: '10.2.0.1', Port: 8080 }, TargetHealth: { State: 'healthy' } }],
};

const PROBE = {
  probe: {
    traceId: 'Root=1-69848640-08891b102a860ba2cbf0a2f9',
    url: 'https://shop.example.com/',
    connection: 'new',
    startedAt: '2026-02-05T12:00:00Z',
    endedAt: '2026-02-05T12:00:00.100Z',
    status: 200,
    error: null,
  },
};

const probe = fc.record({ at: stamp, status: number, word: text }).map(({ at, status, word }) => ({
  probe: { traceId: `Root=1-${word}`, url: word, connection: word, startedAt: at, endedAt: at, status, error: word },
}));

/** Returns the line with one field replaced by a value that may not fit. */
const oneField = (line: string, value: fc.Arbitrary<string>) =>
  fc.tuple(fc.nat(), value).map(([at, value]) =>
    line
      .split(' ')
      .map((field, i, all) => (i === at % all.length ? value : field))
      .join(' '),
  );

const HEALTH = 'http 2026-02-05T12:00:01.250000Z 0.004 10.2.0.1:8080 web PASS 200 - app/x/50dc6c495c0c9188 10.0.0.7';
const health = oneField(
  HEALTH,
  fc.oneof(
    digits,
    stamp,
    digits.map((port) => `10.2.0.1:${port}`),
  ),
);

const CONNECTION =
  '2026-02-05T12:00:01.250000Z 203.0.113.4 40312 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.012 "CN=x" - - - TID_00';
const connection = oneField(
  CONNECTION,
  fc.oneof(
    digits,
    stamp,
    stamp.map((at) => `${at};${at}`),
  ),
);

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 20, maxLength: 40 });
const json = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

test('extreme values in logs and evidence stop no batch, and none is lost without a word', async () => {
  const world = fc.record({
    'access.log': some(accessLine).map((lines) => [sound, ...lines, sound].join('\n')),
    'health.log': some(health).map((lines) => [HEALTH, ...lines].join('\n')),
    'connection.log': some(connection).map((lines) => [CONNECTION, ...lines].join('\n')),
    'pods.json': some(pod).map((all) =>
      json([{ kind: 'Pod', metadata: { name: 'web-1' }, status: { podIP: '10.2.0.2' } }, ...all]),
    ),
    'targets.json': some(answer).map((all) => json([ANSWER, ...all])),
    'probe.json': some(probe).map((all) => json([PROBE, ...all])),
  });
  await fc.assert(
    fc.asyncProperty(world, async (files) => {
      const folder = freshFolder();
      mkdirSync(join(folder, 'in'));
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'in', name), content);
      writeFileSync(join(folder, 'in', 'sound.log'), `${sound}\n`);
      const db = join(folder, 'x.duckdb');
      const result = await cli(['load', 'in', '--db', db, '--no-judge'], { cwd: folder });
      check(result, ({ stderr }) => assert.match(stderr, /loaded \d+ objects? of ALB access log/));
      expectStatus(result, 0);
      const [ledger] = await rowsOf(
        db,
        `SELECT count(*) AS objects, bool_and(lines = "rows" + rejected) AS balanced,
          (SELECT count(*) FROM alb_log) = sum("rows") FILTER (kind = 'alb_access_log') AS whole,
          (SELECT count(*) FROM rejected_line) = sum(rejected) AS kept
        FROM log_object`,
      );
      assert.deepEqual(ledger, { objects: Object.keys(files).length + 1, balanced: true, whole: true, kept: true });
    }),
    // Each run is a load, and shrinking a failure would take hundreds. Its seed and path repeat it.
    { numRuns: 3, endOnFailure: true },
  );
});

test(`a line of more than ${MAX_FIELDS} fields is a rejected line`, async () => {
  const folder = freshFolder();
  const fields = sound.match(/"[^"]*"|\S+/g)!.length;
  const wide = (more: number) => `${sound}${' -'.repeat(more)}`;
  const text = [sound, wide(MAX_FIELDS - fields), wide(MAX_FIELDS - fields + 1), wide(70_000), sound].join('\n');
  writeFileSync(join(folder, 'wide.log'), `${text}\n`);
  check(expectStatus(await cli(['load', 'wide.log', '--db', 'x.duckdb'], { cwd: folder }), 0), ({ stderr }) =>
    assert.match(stderr, /5 lines = 3 rows \+ 2 rejected/),
  );
  const db = join(folder, 'x.duckdb');
  assert.deepEqual(await rowsOf(db, 'SELECT line, field_count FROM alb_log ORDER BY line'), [
    { line: 1, field_count: fields },
    { line: 2, field_count: MAX_FIELDS },
    { line: 5, field_count: fields },
  ]);
  assert.deepEqual(await rowsOf(db, 'SELECT line, reason FROM rejected_line ORDER BY line'), [
    { line: 3, reason: 'too_many_fields' },
    { line: 4, reason: 'too_many_fields' },
  ]);
});

test('a value of a fact that its column cannot hold is named, and the rest of the fact is there', () => {
  const fact: PodFact = {
    ...UNSAID,
    kind: 'pod',
    line: 4,
    event: 'restarted',
    earliest: Number.NaN,
    latest: 1,
    name: 'web-1',
    exit_code: 3_000_000_000,
  };
  const sheets = new FactBuffers();
  assert.deepEqual(sheets.append(1, fact), ['earliest', 'exit_code']);
  assert.deepEqual(sheets.append(1, { ...fact, earliest: null, exit_code: -(2 ** 31) }), []);
  const sheet = sheets.all.find(({ table }) => table.name === 'pod_fact')!;
  assert.deepEqual(
    ['earliest', 'latest', 'exit_code', 'name'].map((name) => sheet.columns.find((one) => one.name === name)!.absent),
    [2, 0, 1, 0],
  );
});
