/** Every wrapper around every kind of payload: what is read of it is what is read of the payload alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReadingContext } from '../../src/evidence/fact.ts';
import { PAYLOAD } from '../../src/evidence/payload.ts';
import { isEvidenceKind, readEvidence } from '../../src/evidence/read.ts';
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

/** What is told of a text, without where it stands in it and what bounds a wrapper adds. */
function told(kind: string, text: string): unknown[] {
  if (!isEvidenceKind(kind)) return unwrap(text, PAYLOAD).filter((one) => one.isPayload).map((one) => one.text);
  const { facts, rejected } = readEvidence(kind, text, CONTEXT);
  assert.deepEqual(rejected.map(({ reason }) => reason), []);
  return facts.map(({ line: _, earliest, latest: __, ...fact }) => ({ ...fact, earliest }));
}

/** Returns why a text is not understood as its payload alone is; null when it is. */
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

for (const { name, kind, lines, isJson } of PAYLOADS) {
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
    for (const inner of LINE_WRAPPERS) {
      for (const outer of WRAPPERS) {
        if (outer.json) continue;
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
