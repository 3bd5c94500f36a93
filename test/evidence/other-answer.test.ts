/** Tests that answers and events of AWS that are not read are named, and are not taken for those that are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recognise } from '../../src/evidence/recognise.ts';

test('answers and events of AWS that say nothing of targets are named, with what to give', () => {
  const told = (value: unknown) => recognise(JSON.stringify(value), 'a.json').looksLike;
  const tasks = /^tasks of ECS, names alone: give aws ecs describe-tasks /;
  assert.match(told({ taskArns: ['arn:aws:ecs:eu-west-3:111122223333:task/shop/0a'] }), tasks);
  assert.match(
    told({ clusters: [{ clusterArn: 'arn' }], failures: [] }),
    /^clusters of ECS: give aws ecs describe-tasks /,
  );
  const refreshes = told({ InstanceRefreshes: [{ InstanceRefreshId: 'a', Status: 'Successful' }] });
  assert.match(refreshes, /^instance refreshes, .*: give .*describe-scaling-activities$/);
  const deployed = {
    version: '0',
    source: 'aws.codedeploy',
    'detail-type': 'CodeDeploy Instance State-change Notification',
  };
  assert.match(told(deployed), /"aws\.codedeploy", which does not say when traffic was blocked: give aws deploy get-/);
  const health = { source: 'aws.health', 'detail-type': 'AWS Health Event', detail: { service: 'EC2' } };
  assert.match(told(health), /"AWS Health Event" of "aws\.health", which says what is to come, .*: give events /);
  assert.match(
    told({ source: 'aws.ecr', 'detail-type': 'ECR Image Action' }),
    /"aws\.ecr", which says nothing of targets/,
  );
  assert.match(
    told({ source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'] }),
    /^a rule of EventBridge, and no event/,
  );
});

test('a hook, a scheduled action and a rule are no events of instances', () => {
  const hook = {
    LifecycleHookName: 'a',
    AutoScalingGroupName: 'b',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
  };
  const action = { AutoScalingGroupName: 'b', ScheduledActionName: 'a', StartTime: '2026-05-02T08:00:00Z', MinSize: 2 };
  assert.equal(recognise(JSON.stringify({ LifecycleHooks: [hook] }), 'a.json').kind, 'unknown');
  assert.equal(recognise(JSON.stringify({ ScheduledUpdateGroupActions: [action] }), 'a.json').kind, 'unknown');
});
