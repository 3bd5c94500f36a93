/** Tests messages about objects of S3 on each way to a queue, and the addresses of queues. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { eventsOf } from '../../src/queue/event.ts';
import { parseQueue } from '../../src/queue/queue.ts';
import { bridged, direct, noticed, TEST_EVENT } from './message.ts';

const WRITTEN = { bucket: 'logs', key: 'a b+c/x.log.gz', size: 12, etag: 'e1' };

test('an object is read whatever way its event took', () => {
  const ways = { direct: direct(WRITTEN), topic: noticed(direct(WRITTEN)), bridge: bridged(WRITTEN) };
  for (const [way, body] of Object.entries({ ...ways, 'bridge and topic': noticed(bridged(WRITTEN)) })) {
    const time = Date.parse('2026-03-10T14:05:01.500Z') * 1000;
    assert.deepEqual(eventsOf(body), { objects: [{ ...WRITTEN, time }], others: 0 }, way);
  }
  // EventBridge encodes nothing: what looks encoded is the key.
  const odd = { ...WRITTEN, key: 'a%2Bb%20c+d/x.log.gz' };
  assert.equal(eventsOf(bridged(odd))?.objects[0]?.key, odd.key);
  assert.equal(eventsOf(direct(odd))?.objects[0]?.key, odd.key);
  // MinIO encodes the slash too.
  const encoded = direct(WRITTEN).replaceAll('/', '%2F');
  assert.equal(eventsOf(encoded)?.objects[0]?.key, WRITTEN.key);
});

test('tests and removals are other events; anything else is no message of S3', () => {
  for (const body of [
    TEST_EVENT,
    noticed(TEST_EVENT),
    direct(WRITTEN, 'ObjectRemoved:Delete'),
    bridged(WRITTEN, 'Object Deleted'),
  ]) {
    assert.deepEqual(eventsOf(body), { objects: [], others: 1 }, body);
  }
  const bad = [
    ...['', 'x', '[]', 'null', '{}', '{"Records":[{}]}', '{"Type":"SubscriptionConfirmation","Message":"x"}'],
    noticed(noticed(direct(WRITTEN))),
    ...[{ bucket: '../x' }, { size: -1 }, { key: '' }].map((change) => direct({ ...WRITTEN, ...change })),
    direct(WRITTEN).replace('a+b%2Bc', '%zz'),
    direct(WRITTEN).replace('"eTag"', '"tag"'),
    bridged({ ...WRITTEN, size: Number.NaN }),
  ];
  for (const body of bad) assert.equal(eventsOf(body), null, body);
});

test('a queue is named by its url or its ARN', () => {
  const region = (argument: string) => parseQueue(argument)?.region;
  assert.equal(region('https://sqs.eu-central-1.amazonaws.com/111122223333/alb-logs'), 'eu-central-1');
  assert.equal(region('https://sqs.cn-north-1.amazonaws.com.cn/111122223333/alb-logs'), 'cn-north-1');
  assert.equal(region('https://vpce-0a-b.sqs.eu-west-1.vpce.amazonaws.com/111122223333/q.fifo'), 'eu-west-1');
  assert.equal(region('https://eu-west-1.queue.amazonaws.com/111122223333/q'), 'eu-west-1');
  assert.equal(region('https://queue.amazonaws.com/111122223333/q'), 'us-east-1');
  assert.equal(region('http://localhost:5000/111122223333/q'), null);
  assert.equal(region('arn:aws:sqs:eu-west-1:111122223333:alb-logs'), 'eu-west-1');
  assert.equal(region('https://sqs-fips.us-west-2.amazonaws.com/111122223333/q'), 'us-west-2');
  // Only the endpoint of the url reaches a queue from a VPC without a way out.
  const endpoint = (argument: string) => parseQueue(argument)?.endpoint;
  const vpce = 'https://vpce-0a-b.sqs.eu-west-1.vpce.amazonaws.com';
  assert.equal(endpoint(`${vpce}/111122223333/q`), vpce);
  assert.equal(endpoint('http://localhost:5000/111122223333/q'), 'http://localhost:5000');
  assert.equal(endpoint('https://eu-west-1.queue.amazonaws.com/111122223333/q'), null);
  assert.equal(endpoint('arn:aws:sqs:eu-west-1:111122223333:alb-logs'), null);
  for (const other of [
    'logs',
    's3://logs/111122223333/x',
    'https://example.com/logs',
    'arn:aws:sns:eu-west-1:111122223333:x',
  ]) {
    assert.equal(parseQueue(other), null, other);
  }
});
