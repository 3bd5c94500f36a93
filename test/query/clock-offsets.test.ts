/** Tests which clocks a log contradicts: worlds of a few pods that are deleted one after the other, with clocks that are off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogueQuery } from '../../src/query/catalogue.ts';
import { type ClockRow, clockSentences } from '../../src/report/clock.ts';
import { selectAll } from '../../src/store/select.ts';
import { insert, memoryDatabase, type Values } from './memory.ts';

const START = Date.UTC(2026, 10, 3, 10) * 1000;
const at = (seconds: number): number => START + Math.round(seconds * 1e6);
const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1';

interface World {
  /** Seconds by which the clock of the API server is ahead, and that of each pod's node. */
  server?: number;
  node?: (pod: number) => number;
  pods?: number;
  /** Node of a pod. */
  on?: (pod: number) => string;
  /** Seconds between two deletions. */
  step?: number;
  /** Seconds by which a pod ends by itself before its deletion. */
  endsBefore?: number;
}

/** Each pod answers each half second until it ends, half a second after its deletion; then connections are refused. */
async function offsetsOf(world: World): Promise<ClockRow[]> {
  const { server = 0, node = () => 0, pods = 4, on = (pod) => `node-${pod}`, step = 20, endsBefore = 0 } = world;
  const connection = await memoryDatabase();
  const rows: Values[] = [];
  const facts: Values[] = [];
  for (let pod = 0; pod < pods; pod++) {
    const deleted = 100 + pod * step;
    const ended = deleted + 0.5 - endsBefore;
    const base = {
      uid: `uid-${pod}`,
      namespace: 'shop',
      name: `web-${pod}`,
      ip: `10.0.0.${pod}`,
      node: on(pod),
      object_id: 2,
      line: pod,
    };
    const whole = (seconds: number) => ({
      earliest: at(Math.floor(seconds)),
      latest: at(Math.floor(seconds) + 0.999999),
    });
    facts.push(
      { ...base, event: 'created', ...whole(-3000) },
      { ...base, event: 'deleted', ...whole(deleted + server) },
      { ...base, event: 'finished', container: 'web', ...whole(ended + node(pod)) },
    );
    for (let time = 0.25; time < deleted + 6; time += 0.5) {
      const isAnswered = time < ended;
      rows.push({
        object_id: 1,
        line: rows.length,
        type: 'https',
        elb: 'app/web/1',
        target_group_arn: GROUP,
        target_ip: base.ip,
        target_port: 80,
        request_creation_time: at(time),
        time: at(time + 0.01),
        elb_status_code: isAnswered ? 200 : 502,
        target_status_code: isAnswered ? 200 : null,
        request_processing_time: isAnswered ? 0.001 : null,
        target_processing_time: isAnswered ? 0.008 : null,
        response_processing_time: isAnswered ? 0 : null,
        actions_executed: 'forward',
      });
    }
  }
  await insert(connection, 'log_object', [
    { object_id: 1, uri: 'file:///log', kind: 'alb_access_log', status: 'complete' },
    { object_id: 2, uri: 'file:///pods', kind: 'kubectl_pods_json', status: 'complete' },
  ]);
  await insert(connection, 'alb_log', rows);
  await insert(connection, 'pod_fact', facts);
  const none = { type: 'timestamp', value: null } as const;
  const found = await selectAll(connection, catalogueQuery('clock-offsets').sql, { from: none, to: none });
  connection.closeSync();
  return found as unknown as ClockRow[];
}

const shortOf = (rows: ClockRow[]): string[] =>
  rows.map(
    (row) =>
      `${row.event} ${row.compared_with} ${row.node ?? 'all'} ${Math.round(row.seconds)} ${row.targets}/${row.of_targets}`,
  );
const sentencesOf = (rows: ClockRow[]): string => clockSentences(rows, () => 'kubectl pods').join('\n');

test('clocks that agree contradict nothing, nor do those within two seconds', async () => {
  assert.deepEqual(await offsetsOf({}), []);
  assert.deepEqual(await offsetsOf({ server: 1.4, node: () => -1 }), []);
});

test('pods that fail before their deletion show that both clocks of the cluster are ahead', async () => {
  const rows = await offsetsOf({ server: 7, node: () => 7 });
  assert.deepEqual(shortOf(rows), ['deleted log all 6 4/4']);
  assert.match(sentencesOf(rows), /kubectl pods seems [56][.\d]* s ahead of the log: 4 of 4 targets failed for good/);
  assert.match(sentencesOf(rows), /load kubectl pods again with --clock [56][.\d]*\.$/);
});

test('answers after the end of containers show that both are behind', async () => {
  const rows = await offsetsOf({ server: -7, node: () => -7 });
  assert.deepEqual(shortOf(rows), ['finished log all -6 4/4']);
  assert.match(sentencesOf(rows), /behind the log: 4 of 4 targets answered[\s\S]*--clock -6[.\d]*\.$/);
});

test('two clocks that differ are told apart, where the log shows which one is off', async () => {
  const server = await offsetsOf({ server: 7 });
  assert.deepEqual(shortOf(server), ['deleted log all 6 4/4', 'finished deleted all -6 4/4']);
  assert.match(sentencesOf(server), /--clock [56][.\d]* --node-clock 0\.$/);
  const nodes = await offsetsOf({ node: () => -7 });
  assert.deepEqual(shortOf(nodes), ['finished log all -6 4/4', 'finished deleted all -6 4/4']);
  assert.match(sentencesOf(nodes), /--clock 0 --node-clock -6[.\d]*\.$/);
});

test('the clock of one node is named with the node, and no flag is advised', async () => {
  const on = (pod: number): string => (pod < 4 ? 'node-a' : `node-${pod}`);
  const rows = await offsetsOf({ pods: 12, step: 30, on, node: (pod) => (pod < 4 ? -7 : 0) });
  assert.deepEqual(shortOf(rows), ['finished deleted node-a -6 4/4', 'finished log node-a -6 4/4'].reverse());
  assert.doesNotMatch(sentencesOf(rows), /--clock/);
  // Also where it has half of the targets.
  const half = await offsetsOf({ pods: 8, step: 30, on, node: (pod) => (pod < 4 ? -7 : 0) });
  assert.deepEqual(new Set(half.map(({ node }) => node)), new Set(['node-a']));
});

test('pods that end together before their deletion, few pods, and a lost minute are no clock', async () => {
  // One node shuts down: its pods end, and are deleted a little later.
  assert.deepEqual(await offsetsOf({ on: () => 'node-a', step: 0, endsBefore: 8 }), []);
  assert.deepEqual(await offsetsOf({ pods: 2, server: 7 }), []);
  assert.deepEqual(await offsetsOf({ server: 3600 }), []);
});
