/** The readers accept the examples of docs/evidence.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/evidence.md'), 'utf8');
const CONTEXT = { capturedAt: null, modifiedAt: 1_773_000_000_000_000, timezoneMinutes: 480, name: 'x' };

test('the CSV of the documentation is read whole', () => {
  const [csv] = /^ {4}namespace,pod,.*\n(?: {4}.*\n)+/m.exec(DOCS) ?? [];
  assert.ok(csv);
  const text = csv.replace(/^ {4}/gm, '');
  assert.equal(recognise(text, 'x').kind, 'pods_csv');
  const reading = readEvidence('pods_csv', text, CONTEXT);
  assert.equal(reading.records, 2);
  assert.deepEqual(reading.rejected, []);
});

test('the envelopes of the documentation are recognised', () => {
  const envelopes = [...DOCS.matchAll(/^ {4}(\{"capturedAt": .*\})$/gm)].map(([, json]) => json!);
  const kinds = envelopes.map((json) => {
    const text = json.replace(/<List, array or Pod>|\[\.\.\.\]/, '[]');
    const { kind } = recognise(text, 'x');
    assert.ok(kind === 'kubectl_pods_json' || kind === 'target_health_json');
    assert.deepEqual(readEvidence(kind, text, CONTEXT).rejected, []);
    return kind;
  });
  assert.deepEqual(kinds, [...Array<string>(3).fill('kubectl_pods_json'), 'target_health_json']);
});
