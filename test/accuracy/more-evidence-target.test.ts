/** The same as more-evidence.test.ts for tasks of ECS and for node ports. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoreEvidence, ordersOf, turnedInAll } from './more-evidence.ts';

const ORDERS = Number(process.env.ORDERS ?? 2);

/** Sources, the weakest first, and kinds in which they know different halves of the story. */
const TASKS = [
  ['target-health-5s', 'cloudtrail', 'ecs-service', 'ecs-task', 'ecs-event', 'instance', 'health-check', 'setting'],
  [
    'ecs/delay-of-seconds',
    'ecs/stopped-by-hand',
    'ecs/out-of-memory',
    'ecs/sidecar-ends',
    'ecs/host-lost',
    'ecs/few-addresses',
  ],
] as const;

const NODES = [
  [
    'snapshot',
    'event',
    'node-event',
    'instance',
    'target-health-5s',
    'cloudtrail',
    'node',
    'endpoint-slice',
    'kubectl',
  ],
  ['node/autoscaler-local', 'node/spot', 'node/lost', 'node/recreate', 'node/crash'],
] as const;

for (const [name, [sources, kinds], least] of [
  ['tasks', TASKS, 15],
  ['node ports', NODES, 5],
] as const) {
  test(`an exact verdict about ${name} stays what it is whatever is loaded after it`, async () => {
    const more = await MoreEvidence.load(kinds, sources);
    const [sentences, verdicts] = await turnedInAll(more, ordersOf(sources, ORDERS, 4));
    assert.ok(verdicts > least, `only ${verdicts} verdicts were ever exact`);
    assert.equal(sentences.length, 0, `verdicts turned round:\n${sentences.join('\n')}`);
  });
}
