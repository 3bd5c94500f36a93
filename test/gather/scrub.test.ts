/** Tests that records of the audit log lose possible secrets and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubAuditRecord } from '../../src/gather/scrub.ts';

test('environment, arguments, commands and annotations go; a preStop command and all else stay', () => {
  const container = {
    ...{ name: 'a', command: ['hunter2'], args: ['hunter2'], env: [{ value: 'hunter2' }], envFrom: [] },
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
  };
  const record = {
    annotations: { 'authorization.k8s.io/decision': 'allow' },
    requestObject: { metadata: { annotations: { a: 'hunter2' }, managedFields: [{ time: 't', fieldsV1: { x: 1 } }] } },
    responseObject: { spec: { containers: [container] }, data: { password: 'hunter2' } },
  };
  assert.deepEqual(JSON.parse(scrubAuditRecord(JSON.stringify(record))), {
    annotations: { 'authorization.k8s.io/decision': 'allow' },
    requestObject: { metadata: { managedFields: [{ time: 't' }] } },
    responseObject: {
      spec: { containers: [{ name: 'a', lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } }] },
    },
  });
});

test('a record that was cut ends before the first of them', () => {
  assert.equal(
    scrubAuditRecord('{"kind":"Event","responseObject":{"spec":{"env":[{"value":"hunt'),
    '{"kind":"Event","responseObject":{"spec":{',
  );
  assert.equal(scrubAuditRecord('no JSON'), 'no JSON');
  assert.equal(scrubAuditRecord('null'), 'null');
});
