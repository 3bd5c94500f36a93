/**
 * More evidence never changes one exact verdict into another, whatever is loaded after it (more-evidence.ts). `ORDERS=20` tries
 * more orders than `make test` does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoreEvidence, ordersOf, turnedInAll } from './more-evidence.ts';

/** Sources, the weakest first; none contradicts another. */
const SOURCES = [
  'snapshot',
  'event',
  'metric',
  'cloudtrail',
  'controller',
  'target-health-5s',
  'endpoint-slice',
  'audit',
  'kubectl',
  'watch',
  'health-check',
  'setting',
] as const;

/** Kinds in which sources know different halves of the story. */
const KINDS = [
  'rollout',
  'stateful-set',
  'crash',
  'crash-loop',
  'flap-silent',
  'race-after-flap',
  'taken-out-by-hand',
  'zone-loss',
  'sidecar-crash',
  'three-clocks',
  'address-of-a-job',
  'force-deleted',
];

const ORDERS = Number(process.env.ORDERS ?? 2);

test('an exact verdict stays what it is whatever is loaded after it', async () => {
  const [sentences, verdicts] = await turnedInAll(
    await MoreEvidence.load(KINDS, SOURCES),
    ordersOf(SOURCES, ORDERS, 4),
  );
  assert.ok(verdicts > 100, `only ${verdicts} verdicts were ever exact`);
  assert.equal(sentences.length, 0, `verdicts turned round:\n${sentences.join('\n')}`);
});
