/** Tests what each target gets: golden bodies of a plain and of a hostile message, and the limits of each vendor. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyMessage, MESSAGE_SCHEMA, messageJson, type RunMessage } from '../../src/report/message.ts';
import { messageMetrics } from '../../src/report/message-metrics.ts';
import { slackMessage } from '../../src/report/message-slack.ts';
import { teamsMessage } from '../../src/report/message-teams.ts';
import { plainMessage, topicMessage } from '../../src/report/message-text.ts';
import { ROOT } from '../cli.ts';

const SENT = '2026-03-11T01:30:07Z';
const plain: RunMessage = {
  ...emptyMessage('nightly', '2026-03-10: 10 of 331 requests failed (3.0%) from 2026-03-10 14:00:15 to 14:02:20 UTC'),
  ...{ outcome: 'limit_broken', exit_code: 1, from: '2026-03-10T00:00:00Z', to: '2026-03-11T00:00:00Z' },
  ...{ requests: 331, failures: 10, causes: [{ cause: 'draining_target', failures: 9 }] },
  why: '9 × draining_target of catalog, 1 × container_restart of catalog',
  fix: 'Keep pods serving after their deletion: a preStop sleep that outlasts late routing.',
  limits: [{ limit: 'draining_target', most: 0, found: 9 }],
  notes: ['shop/catalog fails for the first time (10 failures).'],
};

/** Text that an attacker may write into a log or an object's name. */
const HOSTILE =
  '<!channel> <@U012AB3CD> @here *bold* _x_ ~y~ `z` [link](https://evil.example/?token=s3cr3t) <https://evil.example|click> {{DATE(2026-01-01)}} &amp; \u001b[2J\u202e\u0000 :bomb: ';
const hostile: RunMessage = {
  ...emptyMessage('check', HOSTILE),
  ...{ outcome: 'failed', error: HOSTILE, why: HOSTILE, fix: HOSTILE.repeat(400) },
  causes: [{ cause: HOSTILE, failures: 1 }],
  limits: Array.from({ length: 100 }, () => ({ limit: HOSTILE.repeat(50), most: 0, found: 1 })),
  notes: Array.from({ length: 200 }, () => HOSTILE.repeat(100)),
};

const FORMS: Record<string, (message: RunMessage) => string> = {
  'slack.json': slackMessage,
  'teams.json': teamsMessage,
  'webhook.json': (message) => messageJson(message, SENT),
  'topic.json': (message) => JSON.stringify(topicMessage(message, SENT)),
  'mail.txt': plainMessage,
  'metrics.prom': (message) => messageMetrics(message, SENT),
};

/** Compares with the golden file; writes what differs beside it, for `make accept`. */
function isGolden(name: string, text: string): void {
  const path = join(ROOT, 'test', 'golden', 'message', name);
  const pretty = name.endsWith('.json') ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text;
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (pretty !== expected) writeFileSync(path.replace(/(\.\w+)$/, '.changed$1'), pretty);
  assert.equal(pretty, expected, `${name} differs: see the file beside it, and make accept`);
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`${name} of a plain message is as expected`, () => isGolden(name, form(plain)));

  test(`${name} of a hostile message has no control sign, no secret of a url, and a bounded size`, () => {
    const text = form(hostile);
    assert.ok(Buffer.byteLength(text) < 100_000, `${Buffer.byteLength(text)} bytes`);
    assert.ok(!/[\u0000-\u0008\u000b-\u001f\u202e]/.test(text), 'control signs are shown, not sent');
    assert.ok(!text.includes('s3cr3t'), 'the secret of a url is hidden');
  });
}

interface SlackBlock {
  type: string;
  text: { type: string; text: string; verbatim?: boolean };
}

test('Slack: at most 50 blocks of the allowed length; a log mentions nobody and makes no link', () => {
  const { text, blocks } = JSON.parse(slackMessage(hostile)) as { text: string; blocks: SlackBlock[] };
  assert.ok(blocks.length <= 50);
  for (const { type, text: inner } of blocks) {
    assert.ok(inner.text.length <= (type === 'header' ? 150 : 3000), `${type} of ${inner.text.length} characters`);
    if (inner.type !== 'mrkdwn') continue;
    assert.doesNotMatch(inner.text, /[<>]/);
    assert.equal(inner.verbatim, true);
    assert.doesNotMatch(inner.text, /@here/);
  }
  assert.doesNotMatch(text, /[<>]/);
});

test('Teams: at most 28 KB; text of a log stands in runs, which read no Markdown, and is no template', () => {
  const text = teamsMessage(hostile);
  assert.ok(Buffer.byteLength(text) <= 28_000);
  assert.doesNotMatch(text, /\{\{/);
  const card = JSON.parse(text) as { attachments: { content: { body: { type: string }[]; msteams: object } }[] };
  const { body, msteams } = card.attachments[0]!.content;
  assert.ok(body.every(({ type }) => type === 'RichTextBlock'));
  assert.deepEqual(msteams, { width: 'Full' });
});

test('SNS: a subject of ASCII below 100 characters, and a text for each protocol', () => {
  const { subject, body } = topicMessage(hostile, SENT);
  assert.match(subject, /^[\x20-\x7e]{1,99}$/);
  const texts = JSON.parse(body) as Record<string, string>;
  assert.ok(texts.sms!.length <= 140);
  assert.equal((JSON.parse(texts.sqs!) as { schema: string }).schema, MESSAGE_SCHEMA);
});

test('SNS: 256 KB hold also signs that JSON writes as two, in JSON within JSON', () => {
  const signs = '"\\'.repeat(5000);
  const message: RunMessage = {
    ...hostile,
    ...{ title: signs, why: signs, fix: signs, error: signs, notes: hostile.notes.map(() => signs) },
    causes: Array.from({ length: 200 }, () => ({ cause: signs, failures: 1 })),
    limits: Array.from({ length: 200 }, () => ({ limit: signs, most: 0, found: 1 })),
  };
  assert.ok(Buffer.byteLength(topicMessage(message, SENT).body) <= 262_144);
});
