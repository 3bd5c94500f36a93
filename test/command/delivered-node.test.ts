/** Tests which nodes of balancers have delivered up to the end of a window, by the names of objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveredNodes } from '../../src/command/delivered-node.ts';
import { fromMillis, MINUTE } from '../../src/time/time.ts';
import { insert, memoryDatabase } from '../query/memory.ts';

const TO = fromMillis(Date.parse('2026-03-10T14:04:00Z'));
const FOLDER = 's3://logs/prod/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/03/10/';

test('a node is late if it had requests shortly before the end, and has not delivered up to it', async () => {
  const connection = await memoryDatabase();
  const name = (node: string, end: string) =>
    `${FOLDER}111122223333_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_20260310T${end}Z_${node}_x${end}.log.gz`;
  const object = (uri: string, minutes: number, kind = 'alb_access_log') => {
    return { uri, kind, status: 'complete', last_time: TO + minutes * MINUTE };
  };
  const objects = [
    object(name('10.0.0.1', '1400'), -5),
    // The name counts, not the last request.
    object(name('10.0.0.1', '1405'), -2),
    object(name('10.0.0.2', '1400'), -6),
    // It has had no request for long.
    object(name('10.0.0.3', '1330'), -35),
    object(name('10.0.0.4', '1400').replace('x1400', 'conn_log'), -5, 'alb_connection_log'),
    object('file:///logs/vector.json', -5),
  ];
  await insert(
    connection,
    'log_object',
    objects.map((one, i) => ({ object_id: i + 1, ...one })),
  );
  const { end, late } = await deliveredNodes(connection, TO);
  assert.deepEqual([end! - TO, late], [MINUTE, ['10.0.0.2 of shop']]);
  assert.deepEqual((await deliveredNodes(connection, TO - 5 * MINUTE)).late, []);
  connection.closeSync();
});
