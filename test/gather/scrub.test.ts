/** Tests that records of the audit log lose possible secrets and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubAuditRecord, scrubTaskEvent } from '../../src/gather/scrub.ts';

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

test('commands of exec, values of a patch, probes with commands or headers, and volumes go', () => {
  const probe = { exec: { command: ['hunter2'] }, httpGet: { path: '/', httpHeaders: [{ value: 'hunter2' }] } };
  const record = {
    requestURI: '/api/v1/namespaces/a/pods/b/exec?command=hunter2&container=c&dryRun=All',
    requestObject: [{ op: 'add', path: '/spec/containers/0/env/0', value: { name: 'A', value: 'hunter2' } }],
    responseObject: { spec: { volumes: [{ csi: 'hunter2' }], containers: [{ livenessProbe: probe }] } },
  };
  assert.deepEqual(JSON.parse(scrubAuditRecord(JSON.stringify(record))), {
    requestURI: '/api/v1/namespaces/a/pods/b/exec?dryRun=All',
    requestObject: [{ op: 'add', path: '/spec/containers/0/env/0' }],
    responseObject: { spec: { containers: [{ livenessProbe: { exec: {}, httpGet: { path: '/' } } }] } },
  });
});

test('an event of a task loses its overrides', () => {
  const overrides = { containerOverrides: [{ environment: [{ name: 'A', value: 'hunter2' }], command: ['hunter2'] }] };
  const event = { 'detail-type': 'ECS Task State Change', detail: { taskArn: 'a', overrides } };
  assert.deepEqual(JSON.parse(scrubTaskEvent(JSON.stringify(event))), {
    'detail-type': 'ECS Task State Change',
    detail: { taskArn: 'a' },
  });
  assert.equal(scrubTaskEvent('{"a":1,"overrides":{"x":"hunt'), '{"a":1,');
});
