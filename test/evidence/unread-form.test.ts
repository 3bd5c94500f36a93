/** Evidence in a form that is not read is named, with what to give instead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recognise } from '../../src/evidence/recognise.ts';

test('answers of aws in forms that are not read are named, with the command that prints what is read', () => {
  const arn = 'arn:aws:ecs:eu-north-1:444455556666:';
  const forms: [RegExp, string][] = [
    [
      /^an answer of aws ecs as text: use aws ecs describe-tasks .*--output json$/,
      `TASKS\teu-north-1a\t${arn}cluster/shop`,
    ],
    [/^an answer of aws ecs as text/, `FAILURES\t${arn}task/shop/1\tMISSING`],
    [/^an answer of aws ecs as a table/, '-----------------\n|  DescribeTasks  |\n+------------+'],
    [/^an answer of aws ecs as a table/, '-------------------\n|DescribeServices |\n+------------+'],
    [
      /^messages of a service of ECS as text/,
      'EVENTS\t2026-10-06T14:00:00.1+02:00\t5f\t(service web) has reached a steady state.',
    ],
    [
      /^messages of a service of ECS as text/,
      '2026-10-06T14:00:00.1+02:00\t(service web, taskSet ecs-svc/1) has begun',
    ],
    [/^instances as text/, 'RESERVATIONS\t444455556666\tr-0a1b'],
    [/^instances as a table/, '---\n|   DescribeScalingActivities   |'],
  ];
  for (const [sentence, head] of forms) {
    const { kind, looksLike } = recognise(head, 'x');
    assert.deepEqual([kind, sentence.test(looksLike)], ['unread_evidence', true], `${head}: ${looksLike}`);
  }
});
