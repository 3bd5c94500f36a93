/** Tests which flags `load` refuses beside a queue, and without one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draintrace, freshFolder } from '../command/world.ts';

const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:alb-logs';

test('messages are deleted of a queue only, and no unit is written from one', async () => {
  const folder = freshFolder();
  const refused = async (words: readonly string[], says: RegExp) => {
    const { code, stdout, stderr } = await draintrace(['load', ...words, '--db', `${folder}/a.duckdb`], {});
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, says);
  };
  await refused([folder, '--delete-messages'], /--delete-messages needs a queue among the sources/);
  await refused(
    [QUEUE, '--delete-messages', '--emit', `${folder}/units`],
    /--emit needs sources that a job can read again/,
  );
});
