-- Title: Each failure with its cause, the numbers that led to it, and what is missing
-- Why: so that a reader can check a verdict by hand. seconds_after_* count from the latest that the event can have been:
--   they are "at least". `target_was` says of a terminating pod what it was doing. `missing` is the one thing that would
--   settle more, NULL where nothing would.
-- Column: target_was -- what the terminating pod was: gone, cut off or not listening
-- Column: seconds_after_deletion -- from the deletion to the routing, at least; negative is before
-- Column: seconds_after_deregistration -- from the deregistration to the routing, at least; negative is before
-- Column: seconds_after_exit -- from the exit to the routing, at least; negative is before
-- Column: failed_seconds_after_exit -- from the exit to the failure, at least; negative is before
-- Column: deregistration_lateness_seconds -- how late the deregistration was, where the balancer had not been told
-- Column: grace_left_seconds -- what was left of the grace period at the failure
-- Column: group_last_healthy_at -- when the target group last answered or was seen healthy, where there was no target
-- Column: is_keep_alive_race -- whether the target closed at once, as in a keep-alive race
-- Column: missing -- the one thing that would settle more
-- Needs: concluded
select
  c.*,
  case
    when cause in ('draining_target', 'stale_target', 'killed_in_flight') then
      case
        when routed_at >= exited_latest then 'gone'
        when mechanism in ('closed_in_flight', 'response_timeout') and exited_latest >= routed_at
          and (exited_earliest is null or exited_earliest <= time) and exited_latest <= time + interval '1' second
          then 'cut off'
        when routed_at < exited_earliest and (
          mechanism in ('connect_timeout', 'connect_failed') or mechanism = 'closed_in_flight' and exited_earliest > time
        ) then 'not listening'
      end
  end as target_was,
  seconds_between(deleted_latest, routed_at) as seconds_after_deletion,
  seconds_between(deregistered_latest, routed_at) as seconds_after_deregistration,
  seconds_between(exited_latest, routed_at) as seconds_after_exit,
  seconds_between(exited_latest, time) as failed_seconds_after_exit,
  case
    when cause = 'stale_target'
      then seconds_between(earlier(deleted_latest, exited_latest), later(deregistered_earliest, routed_at))
  end as deregistration_lateness_seconds,
  case
    when cause in ('killed_in_flight', 'drain_delay_elapsed')
      then termination_grace_period_seconds - seconds_between(deleted_latest, time)
  end as grace_left_seconds,
  case
    when mechanism = 'no_target' then later(group_answered_before, group_healthy_before)
  end as group_last_healthy_at,
  cause = 'healthy_target' and is_race_like as is_keep_alive_race,
  case
    when not has_target_cause and coalesce(cause, '') <> 'no_evidence' then null
    when request_creation_time is null then 'request_creation_time'
    when other_life is not null then 'pod of the address'
    when cause = 'no_evidence' and (life is null or is_over) then 'pod of the address'
    when cause = 'no_evidence' and deleted_latest is null then 'deletion of the pod'
    when cause = 'no_evidence' then 'start of the pod'
    when cause in ('draining_target', 'stale_target') and is_going then
      case
        when other_cause = 'not_ready_target' then 'pod of the address'
        when other_cause = 'stale_target' then 'deregistration of the target'
        when other_cause is not null then 'exit of the pod'
        when routed_deregistration is null then 'deregistration of the target'
        when cause = 'draining_target' and life is null then 'pod of the address'
      end
    when cause in ('draining_target', 'stale_target') then
      case when routed_deletion is null then 'pod of the address' else 'deletion of the pod' end
    when cause = 'healthy_target' and other_cause = 'node_lost' then 'state of the node'
    when cause = 'healthy_target' and other_cause = 'not_ready_target' then 'start of the pod'
    when cause = 'healthy_target' and other_cause is not null then 'deletion of the pod'
    when cause = 'killed_in_flight' and other_cause = 'healthy_target' and failed_deletion = 'after' then 'exit of the pod'
    when cause = 'killed_in_flight' and other_cause = 'healthy_target' then 'deletion of the pod'
    when cause = 'killed_in_flight' and exited_latest is null then 'exit of the pod'
    when cause = 'drain_delay_elapsed' and not is_drain_known then 'deregistration delay'
    when cause = 'drain_delay_elapsed' and other_cause is not null then 'exit of the pod'
    when cause = 'node_lost' and not is_node_told then 'state of the node'
  end as missing
from concluded c
