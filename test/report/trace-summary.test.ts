import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { PLAIN } from '../../src/report/style.ts';
import { THRESHOLD } from '../../src/report/threshold.ts';
import type { TraceRow } from '../../src/report/trace-group.ts';
import { TraceSummary } from '../../src/report/trace-summary.ts';
import { parseZone } from '../../src/time/zone.ts';

const START = Date.UTC(2026, 10, 3, 10);

/** A draining verdict `seconds` after 10:00. */
const row = (seconds: number, more: Partial<TraceRow> = {}): TraceRow => ({
  time: new Date(START + seconds * 1000 + 10_000).toISOString(),
  request_creation_time: new Date(START + seconds * 1000).toISOString(),
  target_group_arn: 'arn:aws:elasticloadbalancing:x:1:targetgroup/api/0123',
  target_ip: '10.0.0.1',
  target_port: 80,
  mechanism: 'connect_timeout',
  cause: 'draining_target',
  confidence: 'exact',
  other_cause: null,
  told: 'yes',
  pattern: null,
  missing: null,
  target_kind: 'pod',
  target_name: 'shop/api-1',
  workload: 'shop/api',
  version: null,
  deregistration_lateness_seconds: null,
  target_was: 'gone',
  seconds_after_deletion: 4.5,
  seconds_after_deregistration: null,
  seconds_after_exit: 1,
  because: 'Because.',
  ...more,
});

function story(rows: TraceRow[]): string {
  const summary = new TraceSummary();
  for (const each of rows) summary.add(each);
  return summary.text(PLAIN, { requests: rows.length * 40 });
}

test('the story of one incident', () => {
  const text = story([row(70, { seconds_after_deletion: 60, target_name: 'shop/api-2' }), row(2), row(0)]);
  assert.equal(
    text.split('\nnext:')[0],
    `3 of 120 requests failed (2.5%) from 2026-11-03 10:00:00 to 10:01:10 UTC
why: 3 × draining_target of shop/api
fix: Keep pods serving after their deletion: a preStop sleep that outlasts late
     routing, and a terminationGracePeriodSeconds above it.

2026-11-03 10:00:00 to 10:01:10 UTC   3 failures   api
  3 × connect_timeout, cause draining_target (exact)
    pod shop/api-1, target 10.0.0.1:80 (2)
    pod shop/api-2, target 10.0.0.1:80 (1)
    routed 4.5 s to 60 s after its deletion, at least 1 s after its exit
    the target was gone 3×
    the balancer had been told: yes 3×
`,
  );
  assert.match(text, /query late-routing/);
});

test('without evidence, what to do does not contradict the shape of the traffic, nor call targets living', () => {
  const unproven = {
    cause: 'no_evidence',
    confidence: null,
    pattern: 'unreachable',
    target_kind: null,
    missing: 'pod of the address',
  };
  const summary = new TraceSummary();
  for (const seconds of [2, 1, 0]) summary.add(row(seconds, unproven));
  const fixed = (shapeFix: string | null): string =>
    summary
      .text(PLAIN, { requests: 90, shapeFix })
      .replaceAll(/\n {5}/g, ' ')
      .match(/^fix: (.*)$/m)![1]!;
  assert.equal(fixed('Look at the machine.'), 'Look at the machine.');
  assert.match(fixed(null), /^Find out whether the targets lived\./);
  assert.match(story([row(0, { ...unproven, cause: 'healthy_target' })]), /^fix: Look at security groups/m);
});

test('each group of an incident has its own times and its share of the incident', () => {
  const killed = { cause: 'killed_in_flight', mechanism: 'closed_in_flight' };
  const text = story([
    row(200, killed),
    row(90),
    row(60, killed),
    ...Array.from({ length: 200 }, (_, i) => row(50 - i / 10)),
  ]);
  assert.match(text, /^ {2}201 × .*\n {4}99\.01% of the incident, from 10:00:30 to 10:01:30$/m);
  assert.match(text, /^ {2}2 × .*\n {4}0\.99% of the incident, from 10:01:00 to 10:03:20$/m);
  assert.doesNotMatch(story([row(1), row(0)]), /of the incident/, 'the heading of the incident says it');
});

test('times are those of a zone if it is asked for, each with its offset', () => {
  const summary = new TraceSummary();
  summary.add(row(0));
  const text = summary.text(PLAIN, { requests: 40, zone: parseZone('Asia/Kolkata')! });
  assert.match(text, /^1 of 40 requests failed \(2\.5%\) at 2026-11-03 15:30:00 \+05:30$/m);
  assert.match(text, /^2026-11-03 15:30:00 \+05:30 {3}1 failure {3}api$/m);
  assert.doesNotMatch(text, /UTC/);
});

test('80 columns hold for sentences, and no name is cut or broken', () => {
  const name = `shop/${'checkout-'.repeat(12)}7c9d6b8f54-b6hqn`;
  const arn = `arn:aws:elasticloadbalancing:x:1:targetgroup/k8s-${'checkout'.repeat(3)}-5a6b7c8d9e/0123`;
  const because = 'The balancer chose a target that was already going away, and that is why. '.repeat(3);
  const text = story([
    row(90, {
      cause: 'killed_in_flight',
      confidence: 'ambiguous',
      other_cause: 'draining_target',
      because,
      target_group_arn: arn,
    }),
    row(0, { target_name: name, target_group_arn: arn, seconds_after_deregistration: 3.25 }),
  ]);
  assert.ok(text.includes(name) && text.includes(`k8s-${'checkout'.repeat(3)}-5a6b7c8d9e`), text);
  for (const line of text.split('\n')) assert.ok(line.length <= 80 || line.includes(name), line);
});

test('a pause of more than five minutes, or another target group, is another incident; newest first', () => {
  const other = 'arn:aws:elasticloadbalancing:x:1:targetgroup/web/0123';
  const text = story([row(1000), row(900, { target_group_arn: other }), row(700), row(389)]);
  const headings = text.split('\n').filter((line) => line.startsWith('2026'));
  assert.deepEqual(headings, [
    '2026-11-03 10:11:40 to 10:16:40 UTC   2 failures   api',
    '2026-11-03 10:15:00 UTC   1 failure   web',
    '2026-11-03 10:06:29 UTC   1 failure   api',
  ]);
});

test('what is ambiguous names the other cause and says why', () => {
  const text = story([row(0, { confidence: 'ambiguous', other_cause: 'killed_in_flight' }), row(-1)]);
  assert.match(text, /cause draining_target \(1 ambiguous, 1 exact, or\s+killed_in_flight\)/);
  assert.match(text, /Because\./);
  assert.match(text, /confidence = 'ambiguous'/);
});

test('names from the evidence cannot act on the terminal', () => {
  const text = story([
    row(0, { target_name: 'shop/a\x1b[2J\nb', target_group_arn: 'x\u202ey', cause: 'no_evidence', because: 'c\x07' }),
  ]);
  assert.match(text, /pod shop\/a\\x1B\[2J\\x0Ab/);
  assert.match(text, /x\\u\{202E\}y/);
  assert.match(text, /c\\x07/);
  assert.doesNotMatch(text, /[\x1b\x07\u202e]/);
});

test('many incidents, targets and kinds are counted rather than listed', () => {
  const text = story([
    ...Array.from({ length: 30 }, (_, i) => row(-i * 1000)),
    ...Array.from({ length: 9 }, (_, i) => row(-30_000, { target_name: `p${i}` })),
  ]);
  assert.match(text, /^39 of 1560 requests failed \(2\.5%\) from .* UTC, in\n?31 incidents/);
  assert.match(text, /and 21 older incidents with 29 failures/);
  const many = story(Array.from({ length: 9 }, (_, i) => row(0, { target_name: `p${i}`, mechanism: `m${i % 2}` })));
  assert.match(many, /and 1 more target\n/);
});

test('words of a database that are names of every object are only words', () => {
  const text = story([row(0, { cause: 'constructor', pattern: '__proto__', target_kind: 'toString' })]);
  assert.match(text, /^why: 1 × constructor \(__proto__\) of shop\/api$/m);
  assert.match(text, /^fix: See docs\/verdicts\.md for what this mechanism means\.$/m);
  assert.doesNotMatch(text, /native code/);
});

test('nothing failed', () => {
  assert.equal(story([]), 'No failure made by the balancer.\n');
});

test('whether the balancer had been told, and the pattern, are counted by kind', () => {
  const text = story([row(2), row(1, { told: 'no' }), row(0)]);
  assert.match(text, /the balancer had been told: yes 2×, no 1×\n/);
  const race = story([row(0, { cause: 'healthy_target', told: null, pattern: 'keep_alive_race' })]);
  assert.match(race, /\n {4}pattern: keep_alive_race\n/);
  assert.doesNotMatch(race, /told/);
});

test('no bound is negative: what lies before the event is not said to come after it', () => {
  const seconds = fc.option(fc.double({ min: -4000, max: 4000, noNaN: true }), { nil: null });
  const numbers = fc.record({
    seconds_after_deletion: seconds,
    seconds_after_deregistration: seconds,
    seconds_after_exit: seconds,
  });
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), (each) => {
      const text = story(each.map((more, i) => row(-i, more)));
      assert.doesNotMatch(text, /(at least|routed|,|to) -/);
      for (const [, from, to] of text.matchAll(/(\S+) s to (\S+) s after/g))
        assert.ok(Number(from) <= Number(to), text);
    }),
  );
});

test('thresholds are the same in the queries and in the reports', () => {
  const macros = readFileSync(new URL('../../queries/view/01-threshold-macro.sql', import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(THRESHOLD)) {
    assert.equal(
      Number(new RegExp(`macro ${name}\\(\\) as (?:interval ')?(\\d+)(?:' second)?;`).exec(macros)?.[1]),
      value,
      name,
    );
  }
});

test('failures of machines ask for nodes, and never for pods', () => {
  const text = story([row(0, { cause: 'no_evidence', missing: 'machine of the address' })]);
  assert.match(
    text,
    /draintrace load nodes\.json\n.*nodes,services,endpointslices -A -o json,\n +or aws ec2 describe-instances\n/,
  );
  assert.doesNotMatch(text, /draintrace evidence/);
  assert.match(story([row(0, { cause: 'no_evidence', missing: 'pod of the address' })]), /draintrace evidence/);
});
