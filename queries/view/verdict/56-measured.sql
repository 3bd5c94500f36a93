-- Title: Each failure with its cause, the numbers that led to it, and what is missing
-- Why: so that a reader can check a verdict by hand. seconds_after_* count from the latest that the event can have been:
--   they are "at least". `target_was` is the state of a going target, if its end is known. `pod_missing` is the
--   one fact that would settle more, NULL if no fact would.
-- Column: told -- whether the target had been deregistered before the routing: yes, no or unknown; NULL for other causes
-- Column: target_was -- state of the going target: gone, cut off, not listening or unreachable
-- Column: seconds_after_deletion -- from the deletion to the routing, at least; negative is before
-- Column: seconds_after_deregistration -- from the deregistration to the routing, at least; negative is before
-- Column: seconds_after_exit -- from the exit to the routing, at least; negative is before
-- Column: failed_seconds_after_exit -- from the exit to the failure, at least; negative is before
-- Column: deregistration_lateness_seconds -- how much later than the deletion the deregistration came, where that is known
-- Column: grace_left_seconds -- rest of the grace period at the failure
-- Column: group_last_healthy_at -- when the target group last answered or was seen healthy, where there was no target
-- Column: pod_missing -- the one fact that would settle more, in the words of pods
-- Needs: concluded, empty_group
select
  c.object_id, c.line, c.time, c.request_creation_time, c.elapsed, c.elb, c.target_group_arn, c.target_ip,
  c.target_port, c.elb_status_code, c.target_status_code, c.request_processing_time, c.target_processing_time,
  c.response_processing_time, c.request_line, c.trace_id, c.domain_name, c.actions_executed, c.error_reason,
  c.ip_address, c.mechanism, c.life, c.target_kind, c.target_name, c.version, c.other_life, c.pod_namespace,
  c.pod_name, c.pod_uid, c.node, c.zone, c.owner_kind, c.owner_name, c.workload, c.deployment, c.created_earliest,
  c.created_latest, c.ready_earliest, c.ready_latest, c.deleted_earliest, c.deleted_latest, c.deleted_by,
  c.deleted_reason, c.deleted_detail, c.first_finished_earliest, c.first_finished_latest, c.finished_latest,
  c.gone_latest, c.seen_from, c.seen_until, c.termination_grace_period_seconds, c.pre_stop_seconds, c.pod_sources,
  c.deregistered_earliest, c.deregistered_latest, c.deregistered_by, c.deregistered_actor, c.drained_earliest,
  c.drained_latest, c.registered_from, c.registered_again_at, c.target_sources, c.routed_at, c.has_target_cause,
  c.exited_earliest, c.exited_latest, c.deregistration_delay_seconds, c.answered_before, c.answered_after,
  c.silent_pods, c.restarted_earliest, c.restarted_latest, c.restarted_container, c.restarted_exit_code,
  c.restarted_reason, c.node_stated_at, c.node_reason, c.gone_pods, c.silent_targets, c.pods_behind, c.pods_going,
  c.is_race, c.rule, c.cause, c.sentence, c.next_step, c.span, c.target, c.other_cause, c.confidence, c.pattern,
  case
    when cause = 'draining_target' and not is_likely then told(routed_at, deregistered_earliest, deregistered_latest)
  end as told,
  case
    when cause in ('draining_target', 'killed_in_flight', 'deregistered_alive') and not is_likely and has_target_cause then
      case
        -- Who held the request was running: that its object was gone says nothing of it.
        when routed_at >= exited_latest and (is_unconnected or finished_latest is not null) then 'gone'
        when mechanism in ('closed_in_flight', 'response_timeout') and exited_latest >= routed_at
          and (exited_earliest is null or exited_earliest <= time) and exited_latest <= time + clock_tick() then 'cut off'
        when mechanism = 'connect_failed' and routed_at < exited_earliest then 'not listening'
        when mechanism = 'connect_timeout' and routed_at < exited_earliest then 'unreachable'
      end
  end as target_was,
  seconds_between(deleted_latest, routed_at) as seconds_after_deletion,
  seconds_between(deregistered_latest, routed_at) as seconds_after_deregistration,
  seconds_between(exited_latest, routed_at) as seconds_after_exit,
  seconds_between(exited_latest, time) as failed_seconds_after_exit,
  case
    when cause = 'draining_target' and deleted_latest < deregistered_earliest
      then seconds_between(deleted_latest, deregistered_earliest)
  end as deregistration_lateness_seconds,
  case
    when cause in ('killed_in_flight', 'drain_delay_elapsed') and deleted_latest <= time
      then termination_grace_period_seconds - seconds_between(deleted_latest, time)
  end as grace_left_seconds,
  case
    when mechanism = 'no_target' then later(group_answered_before, group_healthy_before)
  end as group_last_healthy_at,
  e.left_at, e.left_target, e.left_by, e.left_life, e.left_pod, e.left_pod_lives, e.next_at, e.next_target, e.next_pod, e.next_ready_at,
  case
    when other_life is not null then 'pod of the address'
    when rule = 'going.told_unknown' and deregistered_latest is not null then null
    when cause is not null and other_cause is not null and rule_other_cause is null then 'pod of the address'
    else rule_missing
  end as pod_missing
from concluded c
left join empty_group e on c.mechanism = 'no_target' and e.group_key = c.target_group_arn and e.moment = c.routed_at
