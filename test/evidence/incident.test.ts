/** Any of these sources settles the recorded incident. Where a source is too weak, the verdict claims nothing. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import {
  INCIDENT,
  incidentAnswers,
  incidentControllerLog,
  incidentEvents,
  incidentPods,
  incidentTargets,
  incidentTrail,
} from './incident.ts';

const RECORDED = join(ROOT, 'samples/recorded-incident');
const LOG = join(RECORDED, 'AWSLogs');

const TEXTS: Record<string, () => string> = {
  'pods.json': incidentPods,
  'targets.json': incidentTargets,
  'controller.log': incidentControllerLog,
  'events.json': incidentEvents,
  'trail.json': incidentTrail,
  'metrics.json': incidentAnswers,
};

/** Returns the verdicts with the log and these files loaded. */
async function verdicts(files: readonly string[]): Promise<Record<string, unknown>[]> {
  const folder = freshFolder();
  const paths = files.map((file) => {
    const make = TEXTS[file];
    if (!make) return join(RECORDED, file);
    writeFileSync(join(folder, file), make());
    return join(folder, file);
  });
  const db = join(folder, 'x.duckdb');
  const captured = ['--captured-at', '2023-01-07T09:30:00Z', '--timezone', '+08:00'];
  expectStatus(await cli(['load', LOG, ...paths, '--db', db, ...captured]), 0);
  const question = 'select mechanism, cause, confidence, pod_name from verdict';
  const asked = expectStatus(await cli(['sql', question, '--db', db, '--format', 'json']), 0);
  return JSON.parse(asked.stdout) as Record<string, unknown>[];
}

const COMBINATIONS: [files: string[], pod: string | null][] = [
  [['probe-1-504-while-draining.txt'], INCIDENT.pod],
  [['pods.json', 'targets.json'], INCIDENT.pod],
  [['pods.json'], INCIDENT.pod],
  // Neither source names the pod of the address: the deregistration settles it.
  [['controller.log', 'events.json'], null],
  [['trail.json', 'metrics.json'], INCIDENT.pod],
];

for (const [files, pod] of COMBINATIONS) {
  test(`draining_target by ${files.join(' and ')}`, async () => {
    const rows = await verdicts(files);
    assert.equal(rows.length, 1);
    const { mechanism, cause, confidence, pod_name } = rows[0]!;
    assert.deepEqual(
      { mechanism, cause, pod_name },
      { mechanism: 'connect_timeout', cause: 'draining_target', pod_name: pod },
    );
    assert.match(String(confidence), /^(?:exact|bounded)$/);
  });
}

test('Events alone have no address: no evidence, and that is said', async () => {
  const [row] = await verdicts(['events.json']);
  assert.equal(row?.cause, 'no_evidence');
});
