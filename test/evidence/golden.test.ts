/**
 * Golden cases: test/golden/evidence/<case>/ holds input.<ext>, context.json (the kind to recognise, and the reader's context) and
 * expected.json. A differing result is written beside it as expected-changed.json, never over it.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Reading } from '../../src/evidence/fact.ts';
import { EVIDENCE_KINDS, isEvidenceKind } from '../../src/evidence/kind.ts';
import { parseTime } from '../../src/evidence/moment.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

/** Prints first the columns that identify a fact, whatever their order in the reader. */
const FIRST = ['line', 'event', 'uid', 'namespace', 'name'];

const CASES = join(import.meta.dirname, '../golden/evidence');

interface CaseContext {
  kind: string;
  capturedAt?: string;
  modifiedAt?: string;
  timezoneMinutes?: number;
  name?: string;
}

for (const name of readdirSync(CASES).sort()) {
  test(`evidence case ${name}`, () => {
    const folder = join(CASES, name);
    const input = readdirSync(folder).find((file) => file.startsWith('input.'));
    assert.ok(input, `${name} has no input`);
    const text = readFileSync(join(folder, input), 'utf8');
    const context: CaseContext = JSON.parse(readFileSync(join(folder, 'context.json'), 'utf8'));

    const { kind } = recognise(text.slice(0, 65_536), context.name ?? input);
    assert.equal(kind, context.kind);
    assert.ok(isEvidenceKind(kind));
    const reading = readEvidence(kind, text, {
      capturedAt: micros(context.capturedAt),
      modifiedAt: micros(context.modifiedAt),
      timezoneMinutes: context.timezoneMinutes ?? 0,
      name: context.name ?? input,
    });

    const printed = print(reading);
    const changed = join(folder, 'expected-changed.json');
    rmSync(changed, { force: true });
    let expected = '';
    try {
      expected = readFileSync(join(folder, 'expected.json'), 'utf8');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
    }
    if (printed !== expected) writeFileSync(changed, printed);
    assert.equal(printed, expected, `${name}: see ${changed}`);
  });
}

test('every kind of evidence has a case', () => {
  const kinds = readdirSync(CASES).map(
    (name) => (JSON.parse(readFileSync(join(CASES, name, 'context.json'), 'utf8')) as CaseContext).kind,
  );
  assert.deepEqual([...new Set(kinds)].filter(isEvidenceKind).sort(), [...EVIDENCE_KINDS].sort());
});

function micros(time: string | undefined): number | null {
  if (time === undefined) return null;
  const moment = parseTime(time, 0);
  assert.ok(moment, `bad time in context.json: ${time}`);
  return moment.earliest;
}

/** Prints one fact a line: readable times, no fields without value. An unknown end of an interval stays null. */
function print(reading: Reading): string {
  const facts = reading.facts.map((fact) => {
    const { earliest, latest, kind: _, ...rest } = fact;
    const known = Object.entries(rest).filter(([, value]) => value !== null);
    const place = (key: string) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
    const [line, ...others] = known.sort(([a], [b]) => place(a) - place(b));
    const when = { earliest: show(earliest), latest: show(latest) };
    return JSON.stringify({ ...Object.fromEntries([line!]), ...when, ...Object.fromEntries(others) });
  });
  const rejected = reading.rejected.map(({ line, reason, raw }) =>
    JSON.stringify({ line, reason, raw: new TextDecoder().decode(raw) }),
  );
  const notes = reading.notes.map((note) => JSON.stringify(note));
  const list = (lines: string[]) => (lines.length === 0 ? '[]' : `[\n    ${lines.join(',\n    ')}\n  ]`);
  return `{\n  "records": ${reading.records},\n  "facts": ${list(facts)},\n  "rejected": ${list(rejected)},\n  "notes": ${list(notes)}\n}\n`;
}

function show(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}
