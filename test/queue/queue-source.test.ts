/** Tests which messages are deleted, and when: none before the database has all objects of the message. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { QueueMessage } from '../../src/queue/queue.ts';
import { queueSource } from '../../src/queue/queue-source.ts';
import type { Source } from '../../src/source/source.ts';
import { EVERYTHING, listAll, logKey, micros } from '../s3/ask.ts';
import { direct, TEST_EVENT } from './message.ts';

const KEYS = ['14:05', '14:10', '14:15'].map((time) => logKey('', `2026-03-10T${time}`));
const OTHER = logKey('', '2026-03-10T14:05', { lb: 'app.other.0123456789abcdef' });
const [A, B, C] = KEYS.map((key) => `s3://logs/${key}`) as [string, string, string];
const put = (key: string) => ({ bucket: 'logs', key, size: 12, etag: 'e1' });

class Box {
  removed: string[] = [];
  received = 0;
  refuses = '';
  readonly #answers: QueueMessage[][];

  constructor(...bodies: string[]) {
    const messages = bodies.map((body, i) => ({ id: `m${i}`, handle: `h${i}`, body }));
    // The first message is delivered twice.
    this.#answers = [messages.slice(0, 2), messages.slice(2), [{ ...messages[0]!, handle: 'again' }]];
  }

  async receive(): Promise<QueueMessage[]> {
    this.received++;
    return this.#answers.shift() ?? [];
  }

  async remove(handles: readonly string[]): Promise<string[]> {
    if (this.refuses !== '') return [this.refuses];
    this.removed.push(...handles);
    return [];
  }
}

const bucket: Source = {
  list: () => assert.fail('a bucket is not listed'),
  fetch: () => assert.fail('nothing is fetched'),
};
const { signal } = new AbortController();
const open = (box: Box, deleteMessages = true, loadBalancers = ['web']): Source => {
  const selection = { ...EVERYTHING, loadBalancers, window: { from: micros('2026-03-10T14:00:00Z'), to: null } };
  return queueSource(box, { shown: 'QUEUE', selection, deleteMessages, bucket: () => bucket });
};

test('a message is deleted when the database has all of its objects, with its newest handle', async () => {
  const box = new Box(direct([put(KEYS[0]!), put(KEYS[1]!)]), direct(put(KEYS[2]!)), direct(put(KEYS[2]!)));
  const source = open(box);
  const { objects, failed } = await listAll(source);
  assert.deepEqual([objects.map(({ uri }) => uri), failed], [[A, B, C], []]);
  assert.ok(source.mayRepeat);
  assert.deepEqual(box.removed, []);
  await source.stored!([A], signal);
  assert.deepEqual(box.removed, [], 'its other object is not stored');
  await source.stored!([C], signal);
  assert.deepEqual(box.removed, ['h1', 'h2'], 'both messages of one object');
  await source.stored!([B], signal);
  assert.deepEqual(box.removed, ['h1', 'h2', 'again']);
});

test('of an object that was written twice the newest version is read, and its messages are deleted together', async () => {
  const older = direct({ ...put(KEYS[0]!), etag: 'e0' }).replace('14:05:01', '14:04:59');
  for (const bodies of [
    [older, direct(put(KEYS[0]!))],
    [direct(put(KEYS[0]!)), older],
  ]) {
    const box = new Box(...bodies);
    const source = open(box);
    const { objects } = await listAll(source);
    assert.deepEqual(
      objects.map(({ uri, etag }) => [uri, etag]),
      [[A, 'e1']],
    );
    await source.stored!([A], signal);
    assert.deepEqual(box.removed.sort(), ['again', 'h1']);
  }
});

test('messages of other load balancers and times, and unknown ones, stay; what is never loaded is deleted', async () => {
  const late = logKey('', '2026-03-09T14:05');
  const nlb = logKey('', '2026-03-10T14:05', { lb: 'net.web.0123456789abcdef' });
  const bodies = [
    direct(put(OTHER)),
    direct(put(late)),
    'hello',
    TEST_EVENT,
    direct(put(nlb)),
    direct([put(OTHER), put(KEYS[0]!)]),
  ];
  const box = new Box(...bodies);
  const source = open(box);
  const { objects, skipped, failed } = await listAll(source);
  assert.deepEqual(
    objects.map(({ uri }) => uri),
    [A],
  );
  const test = 'test event, or event of another kind than a new object';
  assert.deepEqual(skipped, { 'other load balancer': 2, 'outside the window': 1, 'NLB log': 1, [test]: 1 });
  assert.deepEqual(
    failed.map(({ message }) => message),
    ['Message m2 of QUEUE is no event of S3; it stays in the queue'],
  );
  await source.stored!([A], signal);
  assert.deepEqual(box.removed, ['h3', 'h4']);
});

test('without the flag nothing is deleted; what cannot be deleted is said', async () => {
  const box = new Box(direct(put(KEYS[0]!)), TEST_EVENT);
  const source = open(box, false);
  await listAll(source);
  assert.deepEqual(await source.stored!([A], signal), []);
  assert.deepEqual(box.removed, []);

  const refusing = new Box(direct(put(KEYS[0]!)), direct(put(KEYS[1]!)));
  refusing.refuses = 'ReceiptHandleIsInvalid: too old';
  const again = open(refusing);
  await listAll(again);
  const [failed] = await again.stored!([A], signal);
  assert.equal(
    failed?.message,
    'Messages of QUEUE were not deleted (ReceiptHandleIsInvalid: too old): they come again, and their objects are not loaded again',
  );
});
