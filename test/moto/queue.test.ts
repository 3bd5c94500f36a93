/** Tests `load` from a queue of moto that S3 sends its events to: what is loaded, what is deleted, and a kill at each step. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { cli, expectStatus, freshFolder, ROOT, startCli } from '../cli.ts';
import { filesOf } from '../module.ts';
import { awsPrints, type Moto, startMoto } from './server.ts';

let moto: Moto;
let url: string;
let env: Record<string, string>;
/** The program to kill at a request that matches. */
let victim: { child: ChildProcess; at: RegExp } | null = null;
const handles = new Set<string>();

before(async () => {
  moto = await startMoto({
    refuse({ method, headers, url: path }) {
      const what = `${method} ${path} ${headers['x-amz-target'] ?? ''}`;
      if (!victim?.at.test(what)) return null;
      victim.child.kill('SIGKILL');
      victim = null;
      return { status: 500, type: 'text/plain', body: 'too late' };
    },
    change(_, answer) {
      for (const [, handle] of answer.matchAll(/"ReceiptHandle": ?"([^"]+)"/g)) handles.add(handle!);
      return answer;
    },
  });
  const call = (service: string, operation: string, input: object) =>
    JSON.parse(awsPrints(moto.origin, service, operation, input)) as Record<string, string>;
  url = call('sqs', 'create_queue', { QueueName: 'alb-logs' }).QueueUrl!;
  call('s3', 'create_bucket', { Bucket: 'logs', CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } });
  const QueueArn = 'arn:aws:sqs:eu-central-1:123456789012:alb-logs';
  call('s3', 'put_bucket_notification_configuration', {
    Bucket: 'logs',
    NotificationConfiguration: { QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*'] }] },
  });
  env = {
    AWS_ENDPOINT_URL: moto.endpoint,
    ...{ AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' },
  };
  // The blank and the plus of the prefix are encoded in the events.
  for (const file of filesOf('samples/rollout-day/AWSLogs', '.gz').slice(0, 6)) {
    const key = file.replace('samples/rollout-day/', 'a b+c/');
    // The proxy passes text only.
    const body = new Uint8Array(gunzipSync(readFileSync(join(ROOT, file))));
    const path = key.split('/').map(encodeURIComponent).join('/');
    const answer = await fetch(`${moto.origin}/logs/${path}`, {
      method: 'PUT',
      body,
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIATEST/20260310/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=0',
      },
    });
    assert.equal(answer.status, 200, await answer.text());
  }
});
after(() => moto?.stop());

/** Messages that wait, and those that a reader hides. */
function left(): [waiting: number, hidden: number] {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  const input = { QueueUrl: url, AttributeNames: names };
  const { Attributes } = JSON.parse(awsPrints(moto.origin, 'sqs', 'get_queue_attributes', input));
  return names.map((name) => Number(Attributes[name])) as [number, number];
}

/** Lets hidden messages come again, as their time limit does. */
function showAgain(): void {
  // Ten in a call; those of deleted messages are refused one by one.
  for (let all = [...handles]; all.length > 0; all = all.slice(10)) {
    const Entries = all
      .slice(0, 10)
      .map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle, VisibilityTimeout: 0 }));
    awsPrints(moto.origin, 'sqs', 'change_message_visibility_batch', { QueueUrl: url, Entries });
  }
  handles.clear();
}

async function killed(cwd: string, at: RegExp): Promise<void> {
  const { child, done } = startCli(['load', url, '--delete-messages', '--db', 'a.duckdb'], { cwd, env });
  victim = { child, at };
  await done;
  assert.equal(victim, null, 'it ended before that request');
}

test('each object of the queue is loaded once; messages go when it is stored, and come again after a kill', async () => {
  const cwd = freshFolder();
  // Without the flag nothing is deleted.
  const read = expectStatus(await cli(['load', url, '--db', 'b.duckdb'], { cwd, env }), 0);
  assert.match(read.stderr, /^loaded \d objects? of ALB access log/m);
  const messages = left().reduce((sum, n) => sum + n);
  assert.ok(messages >= 6, `${messages}`);
  showAgain();

  await killed(cwd, /^GET \/logs\/a%20b%2Bc\//);
  const remaining = left().reduce((sum, n) => sum + n);
  assert.equal(remaining, messages - 1, 'nothing was stored, so only the test event is gone');
  showAgain();
  await killed(cwd, /DeleteMessageBatch/);
  assert.ok(left().reduce((sum, n) => sum + n) > 0, 'killed before messages were deleted');
  showAgain();
  const again = expectStatus(await cli(['load', url, '--delete-messages', '--db', 'a.duckdb'], { cwd, env }), 0);
  assert.match(again.stderr, /^6 objects already loaded$/m);
  assert.deepEqual(left(), [0, 0]);

  const count = 'SELECT count(*) AS n, count(DISTINCT uri) AS uris FROM log_object';
  for (const db of ['a.duckdb', 'b.duckdb']) {
    const { stdout } = expectStatus(await cli(['sql', count, '--db', db, '--format', 'json'], { cwd }), 0);
    assert.deepEqual(JSON.parse(stdout), [{ n: 6, uris: 6 }], db);
  }
  const empty = expectStatus(await cli(['load', url, '--db', 'a.duckdb'], { cwd, env }), 0);
  assert.match(empty.stderr, /nothing to load/);
});

test('a queue that is not there is one sentence, with the exit code of a source', async () => {
  const cwd = freshFolder();
  const arn = 'arn:aws:sqs:eu-central-1:123456789012:no-such';
  const { stderr } = expectStatus(await cli(['load', arn, '--db', 'a.duckdb'], { cwd, env }), 3);
  assert.match(
    stderr,
    /The queue arn:aws:sqs:eu-central-1:123456789012:no-such cannot be read: AWS knows no such thing/,
  );
});
