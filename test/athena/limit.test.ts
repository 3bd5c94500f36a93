/** Tests what is said of the limit that a workgroup of Athena puts on a statement. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { athena, expectRefusal, run, useWorld, WINDOW } from './world.ts';

useWorld();

test("a workgroup's own limit is told before a statement that may exceed it, and only then", async () => {
  const warning = /^warning: workgroup primary ends a statement that has read 4\.00 MB, and this may read 4\.32 MB: /m;
  assert.doesNotMatch((await run('server-errors', ...WINDOW)).stderr, /warning/);
  athena.limit = 4_320_000;
  assert.doesNotMatch((await run('server-errors', ...WINDOW)).stderr, /warning/);
  athena.limit = 4_000_000;
  const over = await run('server-errors', ...WINDOW);
  assert.match(over.stderr, warning);
  assert.equal(over.code, 0);
  assert.ok(over.stderr.indexOf('warning') < over.stderr.indexOf('execution'));
  // Each of the two readings is a statement of its own.
  assert.match((await run('trace', ...WINDOW)).stderr, warning);
  const asked = athena.count('GetWorkGroup');
  await run('server-errors', ...WINDOW, '--no-estimate');
  await run('server-errors', ...WINDOW, '--dry-run');
  assert.equal(athena.count('GetWorkGroup'), asked);
});

test('a workgroup that cannot be read is named only where its limit ended the statement', async () => {
  const denied = { action: 'GetWorkGroup', status: 400, type: 'AccessDeniedException', message: 'no', times: 9 };
  athena.faults.push(denied);
  const well = await run('server-errors', ...WINDOW);
  assert.equal(well.code, 0);
  assert.doesNotMatch(well.stderr, /workgroup|WorkGroup/i);
  athena.engine = () => {
    throw new Error('Query cancelled! : Bytes scanned limit was exceeded');
  };
  expectRefusal(
    await run('server-errors', ...WINDOW),
    2,
    /the workgroup's limit ended the query .*; what it read is billed; .*allow athena:GetWorkGroup/,
  );
  denied.times = 0;
  const ended = await run('server-errors', ...WINDOW);
  expectRefusal(ended, 2, /the workgroup's limit ended the query /);
  assert.doesNotMatch(ended.stderr, /GetWorkGroup/);
});
