/** Tests the answer in three lines: what failed, why, what to do; for people, for chats and for programs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Answer, type AnswerRow, briefLines, briefMarkdown, type RolloutShare } from '../../src/report/answer.ts';
import { cellWidth } from '../../src/report/text.ts';
import { parseZone } from '../../src/time/zone.ts';

const row = (minute: number, more: Partial<AnswerRow> = {}): AnswerRow => ({
  time: new Date(Date.UTC(2026, 2, 10, 14, minute, 10)).toISOString(),
  request_creation_time: new Date(Date.UTC(2026, 2, 10, 14, minute)).toISOString(),
  mechanism: 'connect_timeout',
  cause: 'draining_target',
  confidence: 'exact',
  pattern: null,
  target_kind: 'pod',
  workload: 'catalog',
  version: 'catalog-6d5f8c7b9d',
  deregistration_lateness_seconds: null,
  ...more,
});

const rollout = (name: string, failures: number, cause = 'draining_target'): RolloutShare => ({
  cause,
  rollout: name,
  kind: 'rollout',
  from_workload: 'catalog-6d5f8c7b9d',
  to_workload: 'catalog-7c9d6b8f54',
  failures,
});

function answerOf(rows: readonly AnswerRow[]): Answer {
  const answer = new Answer();
  for (const each of rows) answer.add(each);
  return answer;
}

test('causes with counts, whose they are, the rollout and its new version, and the fix of the leading cause', () => {
  const race = { cause: 'healthy_target', pattern: 'keep_alive_race', mechanism: 'closed_in_flight' };
  const answer = answerOf([row(2), row(0), row(1, race)]);
  const rollouts = [rollout('shop/catalog@2026-03-10T14:00:20Z', 2)];
  const brief = answer.brief({ requests: 331, incidents: 1, rollouts });
  assert.equal(brief.what, '3 of 331 requests failed (0.91%) from 2026-03-10 14:00:00 to 14:02:00 UTC');
  assert.equal(
    brief.why,
    '2 × draining_target of catalog, 1 × healthy_target (keep_alive_race) of catalog; ' +
      'rollout shop/catalog@2026-03-10T14:00:20Z to catalog-7c9d6b8f54',
  );
  assert.match(brief.fix!, /^Keep pods serving after their deletion/);
  assert.deepEqual([brief.from, brief.to], ['2026-03-10T14:00:00.000Z', '2026-03-10T14:02:00.000Z']);
  assert.deepEqual(brief.causes[0], {
    cause: 'draining_target',
    failures: 2,
    likely: 0,
    pattern: null,
    workloads: [{ workload: 'catalog', version: 'catalog-6d5f8c7b9d', failures: 2 }],
    rollouts: [
      {
        rollout: 'shop/catalog@2026-03-10T14:00:20Z',
        kind: 'rollout',
        from_workload: 'catalog-6d5f8c7b9d',
        to_workload: 'catalog-7c9d6b8f54',
        failures: 2,
      },
    ],
    fix: brief.fix!,
  });
  assert.match(brief.causes[1]!.fix, /keep-alive timeout/);
});

test('causes that only the traffic shows are called likely', () => {
  const likely = { confidence: 'likely', workload: null };
  const race = { ...likely, cause: 'healthy_target', pattern: 'keep_alive_race' };
  const { why, causes } = answerOf([row(0), row(1, likely), row(2, likely), row(3, race)]).brief({
    requests: 9,
    incidents: 1,
  });
  assert.match(why!, /^3 × draining_target \(2 likely\) of catalog, 1 × healthy_target \(likely, keep_alive_race\)/);
  assert.deepEqual(
    causes.map(({ likely }) => likely),
    [2, 1],
  );
});

test('a pattern of a few does not decide where to look; one of most does', () => {
  const healthy = { cause: 'healthy_target', pattern: null };
  const few = answerOf([row(0, healthy), row(1, healthy), row(2, { ...healthy, pattern: 'zone' })]);
  const of = (answer: Answer) => answer.brief({ requests: null, incidents: 1 });
  assert.match(of(few).fix!, /^Look at security groups, the node/);
  assert.doesNotMatch(of(few).why!, /zone/);
  const most = answerOf([row(0, healthy), row(1, { ...healthy, pattern: 'zone' })]);
  assert.match(of(most).fix!, /^Look at the availability zone/);
});

test('a controller that is late comes first, and no sleep is promised to help', () => {
  const late = (seconds: number) => row(0, { deregistration_lateness_seconds: seconds });
  const fix = (rows: AnswerRow[]) => answerOf(rows).brief({ requests: null, incidents: 1 }).fix!;
  assert.equal(
    fix([late(33), late(12), row(1)]),
    'Fix the controller first: it deregistered pods up to 33 s after their deletion, and until then the balancer chooses them.',
  );
  assert.match(fix([late(33), row(1), row(2)]), /^Keep pods serving/, 'one of three');
  assert.match(fix([late(4), late(5)]), /^Keep pods serving/, 'as late as usual');
  assert.match(
    fix([{ ...late(33), target_kind: 'ecs_task' }]),
    /^Fix the deregistration first: it came for tasks up to 33 s after their stopping/,
  );
});

test('several rollouts are counted; without a rollout the only version is named', () => {
  const rollouts = [rollout('a@1', 2), rollout('b@2', 5), rollout('b@2', 1, 'killed_in_flight')];
  const causes = [...Array.from({ length: 7 }, (_, i) => row(i)), row(8, { cause: 'killed_in_flight' })];
  const several = answerOf(causes).brief({ requests: 100, incidents: 2, rollouts });
  assert.match(several.why!, /; rollout b@2 to catalog-7c9d6b8f54 \(6 of them\), and 1 other$/);
  assert.match(answerOf([row(0)]).brief({ requests: 100, incidents: 1 }).why!, /; version catalog-6d5f8c7b9d$/);
});

test('what removed targets without a new version is not called a rollout', () => {
  const burst = { ...rollout('/node@1', 1), kind: 'burst', to_workload: null };
  assert.match(answerOf([row(0)]).brief({ requests: 9, incidents: 1, rollouts: [burst] }).why!, /; burst \/node@1$/);
});

test('no share is rounded to none or all of the requests', () => {
  const what = (failures: number, requests: number) =>
    answerOf(Array.from({ length: failures }, () => row(0))).brief({ requests, incidents: 1 }).what;
  assert.match(what(1, 3_000_000), /\(0\.000033%\)/);
  assert.match(what(999, 1000), /\(99\.90%\)/);
  assert.match(what(1, 1), /\(100%\)/);
  assert.match(what(3, 2), /^3 requests failed at/, 'fewer requests than failures are no number of requests');
});

test('80 columns hold, and no name is broken', () => {
  const word = fc.stringMatching(/^[a-z0-9/@:-]{1,60}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), word, (names, name) => {
      const answer = answerOf(names.map((workload, i) => row(i, { workload })));
      const lines = answer.lines({ requests: 1000, incidents: 3, rollouts: [rollout(name, 1)] });
      for (const line of lines) assert.ok(cellWidth(line) <= 80, line);
      assert.ok(lines.some((line) => line.includes(name)));
    }),
  );
});

test('people in a zone see its times with the offset; programs see UTC', () => {
  const brief = answerOf([row(0), row(1)]).brief({ requests: 9, incidents: 1, zone: parseZone('+08:00')! });
  assert.match(brief.what, /from 2026-03-10 22:00:00 to 22:01:00 \+08:00$/);
  assert.equal(brief.from, '2026-03-10T14:00:00.000Z');
});

test('a chat reads Markdown, in which no name acts', () => {
  const hostile = answerOf([row(0, { workload: '<b>@here #1 https://x\x1b[2J' })]).brief({ requests: 1, incidents: 1 });
  const text = briefMarkdown(hostile);
  assert.match(text, /^\*\*1 of 1 request failed \(100%\) at .*\*\*\n- why: .*\n- fix: .*\n$/);
  assert.doesNotMatch(text, /<b>|@here|https:\/\/|\x1b/);
  assert.doesNotMatch(briefLines(hostile).join('\n'), /\x1b/);
});
