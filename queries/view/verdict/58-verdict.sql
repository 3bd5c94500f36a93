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
  finish(fill(sentence, case name_of(part)
    when 'kind' then kind_word(coalesce(target_kind, case when regexp_replace(left_pod, '^i-[0-9a-f]{8,17}$', '') = '' then 'instance' end))
    when 'ending' then ending_word(target_kind)
    when 'target' then target
    when 'routed_at' then time_text(routed_at)
    when 'after_deletion' then case when seconds_after_deletion >= 0 then seconds_text(seconds_after_deletion) end
    when 'after_deregistration' then case when seconds_after_deregistration >= 0 then seconds_text(seconds_after_deregistration) end
    when 'lateness' then case when deregistration_lateness_seconds > 0 then seconds_text(deregistration_lateness_seconds) end
    when 'before_ready' then case when routed_at < ready_earliest then seconds_text(seconds_between(routed_at, ready_earliest)) end
    when 'pods_behind' then counted(pods_behind, 'pod')
    when 'pods_going' then cast(pods_going as varchar)
    when 'port' then cast(target_port as varchar)
    when 'grace' then cast(termination_grace_period_seconds as varchar) || ' s'
    when 'grace_used' then case when deleted_latest <= time then seconds_text(seconds_between(deleted_latest, time)) end
    when 'exit_code' then cast(restarted_exit_code as varchar)
    when 'node_stated_at' then time_text(node_stated_at)
    when 'silent_pods' then counted(silent_pods, kind_word(target_kind))
    when 'gone_pods' then counted(gone_pods, kind_word(target_kind))
    when 'silent_targets' then counted(silent_targets, 'target')
    when 'seen_until' then time_text(seen_until)
    when 'registered_again_at' then time_text(registered_again_at)
    when 'answered_before' then time_text(answered_before)
    when 'last_healthy_at' then time_text(group_last_healthy_at)
    when 'left_at' then time_text(left_at)
    when 'left_target' then left_target
    when 'next_at' then time_text(next_at)
    when 'next_after_ready' then case when next_at > next_ready_at and next_ready_at >= left_at then seconds_text(seconds_between(next_ready_at, next_at)) end
    when 'status' then cast(elb_status_code as varchar)
    when 'left_by' then without_brackets(left_by)
    when 'left_pod' then without_brackets(case when left_pod_lives then left_pod end)
    when 'deregistered_by' then without_brackets(deregistered_actor)
    when 'node' then without_brackets(node)
    when 'node_reason' then without_brackets(coalesce(node_reason, 'NotReady'))
    when 'container_reason' then without_brackets(coalesce(restarted_reason, 'no reason known'))
    when 'container' then without_brackets(coalesce(restarted_container, '(unnamed)'))
    when 'pod' then without_brackets(pod_name)
    when 'error_reason' then without_brackets(error_reason)
    when 'why_deleted' then without_brackets(deleted_detail)
    when 'lateness_of_call' then case when deleted_latest < deregistered_earliest then seconds_text(seconds_between(deleted_latest, deregistered_earliest)) end
  end))
    || case when confidence = 'ambiguous' then ' The times also fit ' || coalesce(other_cause, cause) || '.' else '' end
    as because,
  replace(next_step, '{kind}', kind_word(target_kind)) as next_step
from measured
