/** Advice for services of ECS, in numbers and in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AdviceRow } from '../../src/report/advice-row.ts';
import { adviseEcs, type EcsEffectiveSettings, ecsAdviceText, ecsSentence } from '../../src/report/ecs-advice.ts';

const ROW: AdviceRow = {
  namespace: 'shop',
  deployment_kind: 'EcsService',
  deployment: 'cart',
  container: 'web',
  target_group_arn: 'arn:aws:elasticloadbalancing:eu-north-1:444455556666:targetgroup/cart/5f1d7c0b9a8e3246',
  versions: 2,
  pods: 14,
  late_requests: 220,
  late_failures: 31,
  killed_in_flight: 4,
  drain_delay_elapsed: 2,
  median_routed_seconds: 1.5,
  p99_routed_seconds: 8,
  last_routed_seconds: 14,
  last_routed_after_deregistration_seconds: 13.2,
  controller_seconds: 0.4,
  deregistered_pods: 14,
  late_deregistered_pods: 0,
  deregistered_seconds: 0.5,
  longest_request_seconds: 21,
  pre_stop_seconds: null,
  deregistration_delay_seconds: 5,
  termination_grace_period_seconds: null,
  is_enough: true,
  pre_stop_rests_on: 'late routing',
  needed_pre_stop_seconds: 16,
  needed_deregistration_delay_seconds: 38,
  needed_finish_seconds: 24,
  advised_pre_stop_seconds: 16,
  advised_deregistration_delay_seconds: 38,
  advised_termination_grace_period_seconds: 45,
};
const IN_FORCE: EcsEffectiveSettings = {
  deregistration_delay_seconds: 5,
  stop_timeout_seconds: null,
  minimum_healthy_percent: 50,
  maximum_percent: 100,
};
const OPTIONS = { allowLower: false, hints: ['a hint'], strong: (text: string) => text };

test('the delay covers late routing and the longest request, stopTimeout and the percent are not lowered', () => {
  assert.deepEqual(adviseEcs(ROW, IN_FORCE, false), {
    deregistration_delay_seconds: 38,
    stop_timeout_seconds: 30,
    minimum_healthy_percent: 100,
  });
  const long = {
    ...IN_FORCE,
    deregistration_delay_seconds: 300,
    stop_timeout_seconds: 90,
    minimum_healthy_percent: 100,
  };
  assert.deepEqual(adviseEcs(ROW, long, false), {
    deregistration_delay_seconds: 300,
    stop_timeout_seconds: 90,
    minimum_healthy_percent: null,
  });
  assert.equal(adviseEcs(ROW, long, true)?.deregistration_delay_seconds, 38);
  assert.equal(adviseEcs({ ...ROW, needed_deregistration_delay_seconds: null }, IN_FORCE, false), null);
});

test('nothing that a setting in force may hold is advised lower', () => {
  const seconds = fc.option(fc.integer({ min: 0, max: 4000 }));
  fc.assert(
    fc.property(seconds, seconds, fc.option(fc.integer({ min: 0, max: 200 })), (delay, stop, percent) => {
      const inForce = {
        deregistration_delay_seconds: delay,
        stop_timeout_seconds: stop,
        minimum_healthy_percent: percent,
        maximum_percent: null,
      };
      const advice = adviseEcs(ROW, inForce, false)!;
      assert.ok((advice.deregistration_delay_seconds ?? Number.POSITIVE_INFINITY) >= (delay ?? 0));
      assert.ok(advice.stop_timeout_seconds >= (stop ?? 30));
      assert.ok((advice.minimum_healthy_percent ?? 200) >= (percent ?? 0));
    }),
  );
});

test('the text has commands for the CLI, Terraform and CloudFormation, and no word of pods', () => {
  const text = ecsAdviceText(ROW, IN_FORCE, OPTIONS).replace(/\n {17}(?=\S)/g, ' ');
  assert.match(
    text,
    /deregistration delay 38 s: 13\.2 s of routing after the deregistration and the longest request, 21 s/,
  );
  assert.match(text, /modify-target-group-attributes .*Value=38/);
  assert.match(text, /update-service --cluster shop --service cart .*minimumHealthyPercent=100/);
  assert.match(text, /deregistration_delay = 38/);
  assert.match(text, /StopTimeout: 30/);
  assert.match(text, /a hint/);
  const said = text + ecsSentence(ROW) + ecsAdviceText({ ...ROW, needed_finish_seconds: null }, IN_FORCE, OPTIONS);
  assert.doesNotMatch(said, /\bpods?\b|preStop|kubectl|terminationGrace/i);
});

test('names from evidence reach a shell quoted, and a terminal without controls', () => {
  const text = ecsAdviceText({ ...ROW, deployment: "a'; rm -rf \x1b[2J", container: 'b"\x07' }, IN_FORCE, OPTIONS);
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f]/);
  assert.ok(text.includes(`--service 'a'\\''; rm -rf`), text);
});
