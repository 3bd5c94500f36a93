-- Title: One row per failed request, with its cause and the numbers that led to it
-- Why: people read this view. The rules are in `judged` and `rule`, the comparisons in `compared`, the confidence in
--   `concluded`, the numbers in `measured`. The sentence is added here. cause is NULL if no target was to blame: the mechanism
--   says it all.
-- Column: target_kind -- pod, ecs_task, instance, node_port, lambda or unknown
-- Column: target_name -- namespace/pod, cluster/service/task, instance id or node:port; NULL where no evidence names it
-- Column: workload -- its Deployment, service or Auto Scaling group
-- Column: version -- its ReplicaSet, task definition or launch template
-- Column: rule -- id of the rule that judged it, as in the view rule
-- Column: evidence -- objects and lines with the evidence about pod and target
-- Column: because -- the verdict as a sentence
-- Column: next_step -- the next thing to check or to do
-- Needs: measured
select
  object_id, line, time, request_creation_time, elapsed, elb, target_group_arn, target_ip, target_port,
  elb_status_code, target_status_code, request_processing_time, target_processing_time, response_processing_time,
  request_line, trace_id, domain_name, actions_executed, error_reason, ip_address,
  mechanism, rule, cause, confidence, other_cause, told, pattern,
  case when mechanism = 'lambda' then 'lambda' else coalesce(target_kind, 'unknown') end as target_kind, target_name,
  deployment as workload, version,
  case when target_kind = 'pod' then pod_namespace end as pod_namespace,
  case when target_kind = 'pod' then pod_name end as pod_name, case when target_kind = 'pod' then pod_uid end as pod_uid,
  node, zone, owner_kind, owner_name, deployment, life,
  target_was, seconds_after_deletion, seconds_after_deregistration, seconds_after_exit, failed_seconds_after_exit,
  deregistration_lateness_seconds,
  deleted_earliest, deleted_latest, deregistered_earliest, deregistered_latest, exited_earliest, exited_latest,
  ready_earliest, ready_latest, seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds,
  deregistration_delay_seconds, grace_left_seconds, group_last_healthy_at,
  case
    when target_kind = 'instance' and pod_missing = 'pod of the address' then 'machine of the address'
    when target_kind = 'instance' and pod_missing in ('deletion of the pod', 'exit of the pod', 'start of the pod', 'state of the node')
      then 'state of the machine'
    when target_kind = 'ecs_task' then replace(replace(pod_missing, 'deletion', 'stopping'), 'pod', 'task')
    else pod_missing
  end as missing, created_earliest,
  created_latest, first_finished_earliest, first_finished_latest, deregistered_by, deregistered_actor, deleted_by,
  deleted_reason, deleted_detail, restarted_earliest, restarted_latest, restarted_container, restarted_exit_code, restarted_reason,
  node_stated_at, node_reason, silent_pods, answered_before, answered_after, registered_again_at, other_life,
  left_at, left_target, left_by, left_life, left_pod, next_at, next_target, next_pod, next_ready_at,
  case
    when not has_target_cause then null
    else nullif(coalesce(pod_sources, '') || case when pod_sources is not null and target_sources is not null
      then '; ' else '' end || coalesce(target_sources, ''), '')
  end as evidence,
  finish(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(fill(
    sentence,
    'kind', kind_word(coalesce(target_kind, case when regexp_replace(left_pod, '^i-[0-9a-f]{8,17}$', '') = '' then 'instance' end))),
    'ending', ending_word(target_kind)),
    'target', target),
    'routed_at', time_text(routed_at)),
    'after_deletion', case when seconds_after_deletion >= 0 then seconds_text(seconds_after_deletion) end),
    'after_deregistration', case when seconds_after_deregistration >= 0 then seconds_text(seconds_after_deregistration) end),
    'lateness', case when deregistration_lateness_seconds > 0 then seconds_text(deregistration_lateness_seconds) end),
    'before_ready', case when routed_at < ready_earliest then seconds_text(seconds_between(routed_at, ready_earliest)) end),
    'pods_behind', counted(pods_behind, 'pod')),
    'pods_going', cast(pods_going as varchar)),
    'port', cast(target_port as varchar)),
    'grace', cast(termination_grace_period_seconds as varchar) || ' s'),
    'grace_used', case when deleted_latest <= time then seconds_text(seconds_between(deleted_latest, time)) end),
    'exit_code', cast(restarted_exit_code as varchar)),
    'node_stated_at', time_text(node_stated_at)),
    'silent_pods', counted(silent_pods, kind_word(target_kind))),
    'gone_pods', counted(gone_pods, kind_word(target_kind))),
    'silent_targets', counted(silent_targets, 'target')),
    'seen_until', time_text(seen_until)),
    'registered_again_at', time_text(registered_again_at)),
    'answered_before', time_text(answered_before)),
    'last_healthy_at', time_text(group_last_healthy_at)),
    'left_at', time_text(left_at)),
    'left_target', left_target),
    'next_at', time_text(next_at)),
    'next_after_ready', case when next_at > next_ready_at and next_ready_at >= left_at then seconds_text(seconds_between(next_ready_at, next_at)) end),
    'status', cast(elb_status_code as varchar)),
    'left_by', without_brackets(left_by)),
    'left_pod', without_brackets(case when left_pod_lives then left_pod end)),
    'deregistered_by', without_brackets(deregistered_actor)),
    'node', without_brackets(node)),
    'node_reason', without_brackets(coalesce(node_reason, 'NotReady'))),
    'container_reason', without_brackets(coalesce(restarted_reason, 'no reason known'))),
    'container', without_brackets(coalesce(restarted_container, '(unnamed)'))),
    'pod', without_brackets(pod_name)),
    'error_reason', without_brackets(error_reason)),
    'why_deleted', without_brackets(deleted_detail)),
    'lateness_of_call', case when deleted_latest < deregistered_earliest then seconds_text(seconds_between(deleted_latest, deregistered_earliest)) end)
  )
    || case when confidence = 'ambiguous' then ' The times also fit ' || coalesce(other_cause, cause) || '.' else '' end
    as because,
  replace(next_step, '{kind}', kind_word(target_kind)) as next_step
from measured
