/** Tests `--notify sns:` with moto: a queue that is subscribed to the topic gets the message, a refusal is one sentence. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sendMessage } from '../../src/notify/send.ts';
import { parseTarget } from '../../src/notify/target.ts';
import { emptyMessage } from '../../src/report/message.ts';
import { PATIENCE } from '../../src/source/retry.ts';
import { awsPrints, type Moto, startMoto } from './server.ts';

let moto: Moto;
before(async () => {
  moto = await startMoto({});
});
after(() => moto?.stop());

const call = (service: string, operation: string, input: object): Record<string, unknown> =>
  JSON.parse(awsPrints(moto.origin, service, operation, input)) as Record<string, unknown>;

test('a topic takes the message, and gives machines its JSON', async () => {
  const arn = String(call('sns', 'create_topic', { Name: 'alarms' }).TopicArn);
  const url = String(call('sqs', 'create_queue', { QueueName: 'alarms' }).QueueUrl);
  const region = arn.split(':')[3]!;
  call('sns', 'subscribe', { TopicArn: arn, Protocol: 'sqs', Endpoint: `arn:aws:sqs:${region}:123456789012:alarms` });
  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_ENDPOINT_URL: moto.endpoint };
  const message = {
    ...emptyMessage('nightly', '2026-03-10: 10 of 331 requests failed (3.0%) ×'),
    outcome: 'failures',
  } as const;
  const sending = { env, profile: null, patience: PATIENCE, sentAt: '2026-03-11T01:30:07Z', metrics: null };
  const secrets = { env, read: () => '' };
  const { signal } = new AbortController();
  await sendMessage(parseTarget(`sns:${arn}`, secrets), message, sending, signal);
  const [got] = call('sqs', 'receive_message', { QueueUrl: url }).Messages as { Body: string }[];
  const { Subject, Message } = JSON.parse(got!.Body) as { Subject: string; Message: string };
  assert.equal(Subject, 'draintrace nightly: 2026-03-10: 10 of 331 requests failed (3.0%) x');
  const { schema, outcome } = JSON.parse(Message) as { schema: string; outcome: string };
  assert.deepEqual([schema, outcome], ['draintrace.message/1', 'failures']);

  await assert.rejects(
    sendMessage(parseTarget(`sns:${arn}x`, secrets), message, sending, signal),
    /^SendError: sns:arn:aws:sns:[\w:-]+ did not take the message: AWS knows no such thing/,
  );
});
