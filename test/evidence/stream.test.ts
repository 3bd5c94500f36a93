/** Evidence that arrives in parts gives the same facts as evidence in one piece, wherever it is cut. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fact, ReadingContext, Rejection } from '../../src/evidence/fact.ts';
import { type JsonPiece, JsonSplitter, splitJson, ValueTooLarge } from '../../src/evidence/json-stream.ts';
import { isEvidenceKind } from '../../src/evidence/kind.ts';
import { LongList } from '../../src/evidence/long-list.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { EvidenceTooLarge, openEvidence } from '../../src/evidence/stream.ts';
import { ROOT } from '../cli.ts';

const CONTEXT: ReadingContext = {
  capturedAt: Date.UTC(2026, 1, 3, 9) * 1000,
  modifiedAt: null,
  timezoneMinutes: 0,
  name: 'capture.json',
};

function* inParts(text: string, cuts: readonly number[]): Generator<string> {
  let at = 0;
  for (let i = 0; at < text.length; i++) {
    const next = at + (cuts[i % cuts.length] ?? text.length);
    yield text.slice(at, next);
    at = next;
  }
}

function splitInParts(text: string, cuts: readonly number[]): JsonPiece[] {
  const splitter = new JsonSplitter(false);
  const pieces: JsonPiece[] = [];
  for (const part of inParts(text, cuts)) pieces.push(...splitter.push(part));
  pieces.push(...splitter.end());
  return pieces;
}

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

/** Text of characters that the splitter treats specially. */
const brokenJson = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        '\n',
        '\n{',
        '\n[',
        ',',
        ' ',
        'x',
        '\uFEFF',
        '\\"',
        '\\\n',
        '{"a":1}\n',
      ),
      fc.json({ maxDepth: 2 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

test('JSON values are the same wherever the text is cut', () => {
  fc.assert(
    fc.property(brokenJson, cuts, (text, sizes) => {
      assert.deepEqual(splitInParts(text, sizes), [...splitJson(text)]);
    }),
    { numRuns: 2000 },
  );
});

const pod = (i: number, padding: string) => ({
  metadata: { name: `web-${i}`, namespace: 'shop', uid: `uid-${i}`, creationTimestamp: '2026-02-03T08:00:00Z' },
  spec: { containers: [{ name: padding }] },
  status: { podIP: `10.1.${i >> 8}.${i & 255}`, conditions: [] },
});
const PADDING = 'p'.repeat(4000);
/** More than is parsed at once. */
const pods = Array.from({ length: 700 }, (_, i) => pod(i, PADDING));

for (const [shape, value] of Object.entries({
  'a List': { kind: 'List', items: pods, metadata: {} },
  'an array': pods.map((one) => ({ kind: 'Pod', ...one })),
  'a listing with its time': { capturedAt: '2026-02-03T09:00:00Z', pods: { items: pods } },
})) {
  test(`${shape} of more than 2 MiB is read element by element, with the same facts`, () => {
    const text = `${JSON.stringify(value, null, 1)}\n${JSON.stringify({ kind: 'Pod', ...pod(0, 'last') })}`;
    const splitter = new JsonSplitter(true);
    const [piece] = splitter.push(text);
    const holds = (one: unknown): boolean =>
      one instanceof LongList || (typeof one === 'object' && one !== null && Object.values(one).some(holds));
    assert.ok(holds(piece!.value), 'its list is long');
    assertSame('kubectl_pods_json', text, [1 << 20]);
  });
}

test('a long list with one element that is no JSON is refused as a whole, as a short one is', () => {
  const text = JSON.stringify({ kind: 'List', items: pods }).replace('"name":"web-650"', '"name":web-650');
  const pieces = [...new JsonSplitter(true).push(text)];
  assert.deepEqual(
    pieces.map(({ error }) => error?.startsWith('bad_json')),
    [true],
  );
});

test('a long array that is no listing is parsed as what it is', () => {
  const events = Array.from({ length: 600 }, (_, i) => ({ i, padding: PADDING }));
  const value = { metadata: { managedFields: events } };
  const [piece] = new JsonSplitter(true).push(JSON.stringify(value));
  assert.deepEqual(piece!.value, value);
});

test('a value that does not end is given up before it fills the memory', () => {
  const splitter = new JsonSplitter(true);
  const part = `"${'x'.repeat(1 << 20)}",`;
  assert.throws(() => {
    for (let i = 0; i < 400; i++) [...splitter.push(i === 0 ? `[${part}` : part)];
  }, ValueTooLarge);
});

function assertSame(kind: string, text: string, sizes: readonly number[]): void {
  assert.ok(isEvidenceKind(kind));
  const facts: Fact[] = [];
  const rejected: Rejection[] = [];
  const stream = openEvidence(kind, text.slice(0, 1 << 16), CONTEXT, {
    fact: (fact) => facts.push(fact),
    reject: (rejection) => rejected.push(rejection),
  });
  for (const part of inParts(text, sizes)) stream.push(part);
  const summary = stream.end();
  const whole = readEvidence(kind, text, CONTEXT);
  assert.deepEqual({ ...summary, facts, rejected }, whole);
}

test('every golden piece of evidence is read the same in parts', () => {
  const folder = join(ROOT, 'test', 'golden', 'evidence');
  let read = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^input\b|\.(?:json|log|txt|csv|ya?ml)$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    const { kind } = recognise(text.slice(0, 1 << 16), entry.name);
    if (!isEvidenceKind(kind)) continue;
    for (const size of [1, 7, 4096]) assertSame(kind, text, [size]);
    read++;
  }
  assert.ok(read > 20, `${read} pieces`);
});

/** Each kind of log in one line of a runtime, so that it is text and no JSON. */
const LOG_LINES: Record<string, (i: number) => string> = {
  kubernetes_audit_log: (i) =>
    JSON.stringify({
      ...{
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        auditID: `id-${i}`,
        stage: 'ResponseComplete',
        verb: 'delete',
      },
      objectRef: { resource: 'pods', namespace: 'shop', name: `web-${i}` },
      requestReceivedTimestamp: '2026-03-09T07:00:00.000000Z',
      stageTimestamp: '2026-03-09T07:00:00.010000Z',
    }),
  lb_controller_log: (i) =>
    JSON.stringify({
      ...{ level: 'info', ts: '2026-03-09T07:00:00Z', logger: 'controllers', msg: 'deRegistering targets' },
      ...{ arn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef' },
      targets: [{ Id: `10.8.0.${i % 250}`, Port: 8080 }],
    }),
  cloudtrail_json: (i) =>
    JSON.stringify({
      ...{ eventTime: '2026-03-09T07:00:00Z', eventID: `e-${i}`, eventName: 'DeregisterTargets' },
      eventSource: 'elasticloadbalancing.amazonaws.com',
      requestParameters: {
        targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef',
        targets: [{ id: `10.8.0.${i % 250}`, port: 8080 }],
      },
    }),
};

for (const [kind, line] of Object.entries(LOG_LINES)) {
  test(`a log of ${kind} may have any size; one line of it may not`, () => {
    assert.ok(isEvidenceKind(kind));
    const most = 2000;
    const text = Array.from({ length: 40 }, (_, i) => `2026-03-09T07:00:01.000000000Z stdout F ${line(i)}\n`).join('');
    assert.ok(text.length > 5 * most);
    assert.equal(recognise(text, CONTEXT.name).kind, kind);
    let facts = 0;
    const open = () =>
      openEvidence(kind, text, CONTEXT, { fact: () => facts++, reject: ({ reason }) => assert.fail(reason) }, most);
    const stream = open();
    for (const part of inParts(text, [300])) stream.push(part);
    assert.equal(stream.end().records, 40);
    assert.equal(facts, 40);
    assertSame(kind, text, [97]);
    assert.throws(() => {
      for (const part of inParts(`${line(0)} ${'x'.repeat(most)}`, [300])) open().push(part.repeat(10));
    }, EvidenceTooLarge);
  });
}

test('a kind that is read as one text is refused by name when it is larger than that', () => {
  const stream = openEvidence('pods_csv', 'pod,created_at', CONTEXT, { fact: () => {}, reject: () => {} }, 100);
  stream.push('pod,created_at\n');
  assert.throws(() => stream.push('web-1,2026-03-09T07:00:00Z\n'.repeat(5)), {
    name: 'EvidenceTooLarge',
    message: 'more than 100 bytes of pods_csv at once; split it and load the parts',
  });
});
