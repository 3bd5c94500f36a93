/** Tests every wrapper around every kind of payload: the facts are those of the payload alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EvidenceKind, ReadingContext } from '../../src/evidence/fact.ts';
import { EVIDENCE_KINDS, isEvidenceKind } from '../../src/evidence/kind.ts';
import { PAYLOAD } from '../../src/evidence/payload.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { unwrap } from '../../src/evidence/unwrap/unwrap.ts';
import { PAYLOADS } from './payload.ts';
import { LINE_WRAPPERS, WRAPPERS } from './wrapper.ts';

const CONTEXT: ReadingContext = {
  capturedAt: Date.UTC(2026, 2, 1, 11) * 1000,
  modifiedAt: null,
  timezoneMinutes: 0,
  name: 'x.log',
};

/** The result of a text, without positions in it and without the bounds that a wrapper adds. */
function told(kind: string, text: string): unknown[] {
  if (!isEvidenceKind(kind))
    return unwrap(text, PAYLOAD)
      .filter((one) => one.isPayload)
      .map((one) => one.text);
  const { facts, rejected } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    [],
  );
  return facts.map(({ line: _, earliest, latest: __, ...fact }) => ({ ...fact, earliest }));
}

/** Returns why a text does not give the facts of its payload; null if it does. */
function misread(kind: string, expected: unknown[], text: string): string | null {
  const seen = recognise(text.slice(0, 65_536), 'x.log');
  if (seen.kind !== kind) return `taken for ${seen.kind}: ${seen.looksLike}`;
  try {
    assert.deepEqual(told(kind, text), expected);
    return null;
  } catch (error) {
    return (error as Error).message.split('\n').slice(0, 12).join('\n');
  }
}

for (const [payload, { name, kind, lines, isJson }] of PAYLOADS.entries()) {
  test(`every wrapper form of ${name} is understood`, (context) => {
    const expected = told(kind, lines.join('\n'));
    assert.ok(expected.length > 0);
    const forms = WRAPPERS.filter(({ json }) => isJson || !json);
    const wrong = forms.flatMap((wrapper) => {
      const why = misread(kind, expected, wrapper.wrap(lines));
      return why === null ? [] : [`${wrapper.name}: ${why}`];
    });
    context.diagnostic(`${name}: ${forms.length - wrong.length} of ${forms.length} wrapper forms understood`);
    assert.deepEqual(wrong, []);
  });

  test(`${name}: two wrappers, one in the other, are understood`, (context) => {
    const expected = told(kind, lines.join('\n'));
    const wrong: string[] = [];
    let forms = 0;
    for (const [i, inner] of LINE_WRAPPERS.entries()) {
      for (const [o, outer] of WRAPPERS.entries()) {
        // Each pair with every third payload: all of them would take minutes.
        if (outer.json || (payload + i + o) % 3 !== 0) continue;
        forms++;
        const wrapped = inner.wrap(lines).trimEnd().split('\n');
        const why = misread(kind, expected, outer.wrap(wrapped));
        if (why !== null) wrong.push(`${inner.name} in ${outer.name}: ${why}`);
      }
    }
    context.diagnostic(`${name}: ${forms - wrong.length} of ${forms} nested wrapper forms understood`);
    assert.deepEqual(wrong, []);
  });
}

/** Evidence that stands in documents of many lines, in tables, or in lines of its own program that no shipper takes. */
const NO_LINES: readonly EvidenceKind[] = [
  'endpointslices_json',
  'kubectl_pods_table',
  'prometheus_json',
  'pods_csv',
  'probe_transcript',
  'probe_result_json',
  'aws_settings_json',
  'nodes_json',
  'instances_json',
  'ecs_description_json',
  'kubernetes_manifest',
];

test('every kind of evidence that travels in lines has a specimen here', () => {
  const specimens = PAYLOADS.map(({ kind }) => kind).filter(isEvidenceKind);
  assert.deepEqual([...new Set([...specimens, ...NO_LINES])].sort(), [...EVIDENCE_KINDS].sort());
});

test('any nesting of wrappers, to four strings deep, is understood', () => {
  const specimen = fc.constantFrom(...PAYLOADS);
  const around = fc.array(fc.constantFrom(...LINE_WRAPPERS), { maxLength: 3 });
  const outermost = fc.constantFrom(...WRAPPERS.filter(({ json }) => !json));
  fc.assert(
    fc.property(specimen, around, outermost, ({ kind, lines }, inner, outer) => {
      const wrapped = inner.reduce((own, { wrap }) => wrap(own).trimEnd().split('\n'), lines);
      assert.equal(misread(kind, told(kind, lines.join('\n')), outer.wrap(wrapped)), null);
    }),
    { numRuns: 150 },
  );
});

test('nothing hostile breaks unwrapping: depth, length, names of prototypes, what a client sent', () => {
  const [audit] = PAYLOADS[0]!.lines as [string];
  const texts = (text: string) =>
    unwrap(text, PAYLOAD)
      .filter((one) => one.isPayload)
      .map((one) => one.text);
  // Strings in strings and arrays in arrays, deeper than any wrapper.
  const nested = (depth: number): string =>
    Array.from({ length: depth }).reduce<string>((own) => JSON.stringify({ log: own }), audit);
  assert.deepEqual(texts(nested(6)), [audit]);
  assert.deepEqual(texts(nested(16)), []);
  for (const deep of [
    '['.repeat(50_000) + ']'.repeat(50_000),
    `${'{"log":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
    '{"log":['.repeat(50_000),
  ]) {
    assert.deepEqual(texts(`${deep}\n${audit}`), [audit]);
  }
  // Many long strings take linear time.
  const began = process.cpuUsage();
  const long = JSON.stringify({ log: `${'{"a":['.repeat(100_000)}`, other: 'x'.repeat(4_000_000) });
  const many = Array.from({ length: 20_000 }, (_, i) => `{"log": "${'{'.repeat(i % 50)}", "n": [${i}}`).join('\n');
  assert.deepEqual(texts(`${long}\n${many}\n${audit}`), [audit]);
  const { user } = process.cpuUsage(began);
  assert.ok(user < 20e6, `${user / 1e6} s`);
  // Strings of many MB, in each place where a pattern looks at one.
  const huge = 'A'.repeat(24 << 20);
  const escapes = '\\n'.repeat(4 << 20);
  const blanks = ' '.repeat(1 << 20);
  for (const line of [
    JSON.stringify({ data: huge }),
    `msg="${escapes}" n=3`,
    `{"log"=>"${huge}", "stream"=>"x"}`,
    `Body: Str(${huge})`,
    `\`\`\`${blanks}<p>${blanks}x`,
    `[a ${'b="\\"" '.repeat(200)}`.repeat(1000),
    `${'['.repeat(1 << 20)}{"x": 1}`,
    `&quot;${'&'.repeat(1 << 20)}`.replaceAll('"', ''),
    `{"a"${blanks}=${blanks}"a"${blanks}=>`,
    '"'.repeat(20_000),
    '2026-03-01T10:00:00Z '.repeat(50_000),
  ])
    assert.deepEqual(texts(`${line}\n${audit}`), [audit], line.slice(0, 20));
  // Names of built-in object properties.
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
  for (const name of names) {
    assert.deepEqual(texts(`{"${name}": {"log": ${JSON.stringify(audit)}}, "log": "x"}`), [audit]);
    assert.deepEqual(texts(`{"${name}": "x", "message": ${JSON.stringify(audit)}}`), [audit]);
    assert.deepEqual(
      texts(
        `{"results": [[{"field": "${name}", "value": "1"}, {"field": "@message", "value": ${JSON.stringify(audit)}}]]}`,
      ),
      [audit],
    );
  }
  assert.equal(Object.getPrototypeOf({}).log, undefined);
  // A client's words in another program's log are no line of ours.
  assert.deepEqual(texts(JSON.stringify({ time: 'x', status: 200, http_user_agent: audit })), []);
  assert.deepEqual(texts(`198.51.100.7 - - [01/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "${audit}"`), []);
});

test('a wrapper that was cut gives its whole elements, and says that it was cut', () => {
  const { lines } = PAYLOADS[0]!;
  const whole = WRAPPERS.find(({ name }) => name === 'filter-log-events')!.wrap([...lines, ...lines, ...lines]);
  const expected = unwrap(whole, PAYLOAD).map(({ text, line }) => ({ text, line }));
  assert.equal(expected.length, 6);
  for (let end = 200; end < whole.length - 200; end += 61) {
    const entries = unwrap(whole.slice(0, end), PAYLOAD);
    assert.ok(entries.some(({ error }) => error?.startsWith('bad_json: ')));
    const records = entries.filter(({ isPayload }) => isPayload).map(({ text, line }) => ({ text, line }));
    assert.deepEqual(records, expected.slice(0, records.length));
    // All lines except the one that was cut.
    const begun = whole.slice(0, end).split('"message"').length - 1;
    assert.ok(records.length >= begun - 1, `${records.length} of ${begun}`);
  }
});

test('any text is told in lines that it has, and nothing of it is lost without a word', () => {
  const parts = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\n',
    ',',
    ':',
    '> ',
    '```',
    '{"log":"',
    '\\"',
    '| ',
    '2026-03-01T10:00:00Z ',
    'stdout P ',
    'stderr F ',
    '@message,x\n',
    'word',
    '---\n',
    'insertId: a\n',
    'textPayload: ',
    '{"index":{}}\n',
  );
  const text = fc.oneof(
    fc.array(parts, { maxLength: 40 }).map((all) => all.join('')),
    fc.string({ unit: 'binary' }),
    fc.json(),
  );
  fc.assert(
    fc.property(text, (own) => {
      const count = own.split('\n').length;
      for (const { line, text } of unwrap(own, PAYLOAD))
        assert.ok(line >= 1 && line <= count && typeof text === 'string');
    }),
    { numRuns: 1000 },
  );
});

test('lines that begin like an entry of gcloud, and are none, are handed on one by one, in order', () => {
  const line = fc.constantFrom(
    '---',
    'insertId: a',
    'labels:',
    '  app: "x',
    'timestamp: 1',
    'Name: x',
    '- a: [',
    'word',
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
      const entries = unwrap(lines.join('\n'), PAYLOAD);
      assert.deepEqual(
        entries.map((one) => one.text.trim()),
        lines.map((one) => one.trim()),
      );
      assert.deepEqual(
        entries.map((one) => one.line),
        lines.map((_, i) => i + 1),
      );
    }),
  );
});

test('an entry of gcloud that holds something else is one entry, and a damaged one keeps its lines', () => {
  const other = unwrap('---\ninsertId: a\njsonPayload:\n  took: 3\n---\ninsertId: b\ntextPayload: served\n', PAYLOAD);
  assert.deepEqual(
    other.map(({ line, text, isPayload }) => ({ line, text, isPayload })),
    [
      { line: 2, text: '{"insertId":"a","jsonPayload":{"took":3}}', isPayload: false },
      { line: 6, text: 'served', isPayload: false },
    ],
  );
  const damaged = ['---', 'insertId: a', 'jsonPayload:', '  a: [1,', 'timestamp: x'];
  assert.deepEqual(
    unwrap(damaged.join('\n'), PAYLOAD).map(({ line }) => line),
    [1, 2, 3, 4, 5],
  );
});

test('only an action of the bulk format is passed over as one: an object that says more is an entry', () => {
  const actions = ['{"index":{}}', '{"create":{"_index":"a","_id":"1"}}', '{"delete":{"_id":"1"}}'];
  assert.deepEqual(unwrap(actions.join('\n'), PAYLOAD), []);
  const others = ['{"index":{"took":3}}', '{"index":{},"took":3}', '{"index":3}', '{"remove":{}}', '{}'];
  assert.deepEqual(
    unwrap(others.join('\n'), PAYLOAD).map(({ text }) => text),
    others,
  );
});
