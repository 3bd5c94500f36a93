-- Title: One row per failed request, with its cause and the numbers that led to it
-- Why: the second half of a verdict. R is request_creation_time; F is time, except that a connect timeout failed at R,
--   where its target was already silent. D is the pod's deletion, X the target's deregistration, T the pod's exit.
--   Each comparison of a moment with an interval is 'before', 'after', 'within' (not settled) or NULL (not known).
--   confidence: `ambiguous` where a comparison that decides is not settled, or two pods may have had the address (then
--   other_cause says what else it may be); `exact` where the times that decide are known to a second on both sides;
--   `bounded` otherwise. cause is NULL where no target was to blame: the mechanism says it all.
--   seconds_after_* count from the latest that the event can have been, so they are "at least".
-- Needs: routed, life_fact
with failed as (
  select
    r.*,
    r.request_creation_time as routed_at,
    case when r.mechanism = 'connect_timeout' then r.request_creation_time else r.time end as failed_at,
    r.target_ip is not null
      and r.mechanism in (
        'connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout', 'client_closed'
      ) as has_target_cause
  from routed r
  where r.elb_status_code >= 400 and r.mechanism is not null
),
-- A container that died and was started again: within the request, or, for a connection that was refused or silent,
-- half a minute before. A second more on both sides, for clocks that print whole seconds.
restart as (
  select
    f.object_id, f.line, l.earliest, l.latest, l.container, l.exit_code, l.reason,
    row_number() over (partition by f.object_id, f.line order by coalesce(l.latest, l.earliest) desc) as rank
  from failed f
  join life_fact l
    on l.life = f.life
    and l.event = 'restarted'
    and l.earliest <= f.time + interval '1' second
    and coalesce(l.latest, l.earliest) >= case
      when f.mechanism in ('connect_timeout', 'connect_failed') then f.routed_at - interval '30' second
      else f.routed_at - interval '1' second
    end
  where f.has_target_cause
),
compared as (
  select
    f.*,
    t.earliest as restarted_earliest, t.latest as restarted_latest, t.container as restarted_container,
    t.exit_code as restarted_exit_code, t.reason as restarted_reason, t.line is not null as is_restarted,
    place(f.routed_at, f.deleted_earliest, f.deleted_latest) as routed_deletion,
    place(f.failed_at, f.deleted_earliest, f.deleted_latest) as failed_deletion,
    place(f.routed_at, f.deregistered_earliest, f.deregistered_latest) as routed_deregistration,
    place(f.failed_at, f.drained_earliest, f.drained_latest) as failed_drained,
    place(f.routed_at, f.ready_earliest, f.ready_latest) as routed_ready,
    -- Over for longer than the longest deregistration delay: the address is somebody else's, whom no evidence names.
    coalesce(
      earlier(f.exited_latest, f.deleted_latest) < f.routed_at - interval '3600' second, false
    ) as is_over
  from failed f
  left join restart t on t.object_id = f.object_id and t.line = f.line and t.rank = 1
),
settled as (
  select
    c.*,
    coalesce(routed_deletion, '') = 'after' and not is_over or coalesce(routed_deregistration, '') = 'after'
      as is_going,
    coalesce(routed_deletion, '') = 'within' or coalesce(routed_deregistration, '') = 'within' as is_going_unsure,
    coalesce(created_latest <= routed_at or seen_from <= routed_at or ready_latest <= routed_at, false) as is_started
  from compared c
),
caused as (
  select
    s.*,
    case
      when mechanism = 'no_target' then 'no_healthy_target'
      when not has_target_cause then null
      when is_going and routed_deregistration = 'before' then 'stale_target'
      when is_going then 'draining_target'
      when is_over and not is_going_unsure then 'no_evidence'
      when is_going_unsure then 'draining_target'
      when routed_deletion = 'before' and failed_deletion = 'after' and mechanism = 'closed_in_flight'
        and failed_drained = 'within' and exited_earliest > failed_at then 'drain_delay_elapsed'
      when routed_deletion = 'before' and failed_deletion in ('after', 'within') then 'killed_in_flight'
      when is_restarted then 'container_restart'
      when routed_deletion = 'before' and failed_deletion = 'before' and mechanism = 'closed_in_flight'
        and failed_drained = 'within' then 'drain_delay_elapsed'
      when routed_ready = 'before' then 'not_ready_target'
      when routed_deletion = 'before' and failed_deletion = 'before' and is_started then 'healthy_target'
      else 'no_evidence'
    end as cause
  from settled s
),
weighed as (
  select
    c.*,
    case
      when cause is null or cause = 'no_evidence' then null
      when cause = 'no_healthy_target' then null
      when is_going and cause = 'draining_target' and routed_deregistration = 'within' then 'stale_target'
      when cause = 'draining_target' and not is_going then
        case
          when mechanism = 'connect_timeout' or coalesce(failed_deletion, '') <> 'after' then 'healthy_target'
          else 'killed_in_flight'
        end
      when cause = 'drain_delay_elapsed' then
        case when failed_deletion = 'after' then 'killed_in_flight' else 'healthy_target' end
      when cause = 'killed_in_flight' and failed_deletion = 'within' then 'healthy_target'
      when cause = 'healthy_target' and routed_ready = 'within' then 'not_ready_target'
      when other_life is not null then other_life_cause
      when is_registration_unsure and routed_deregistration is not null and routed_deletion is null
        then 'healthy_target'
    end as other_cause
  from caused c
),
judged as (
  select
    w.*,
    case
      when cause is null or cause = 'no_evidence' then null
      when cause = 'no_healthy_target' then 'exact'
      when other_cause is not null or other_life is not null then 'ambiguous'
      when cause = 'draining_target' then
        case
          when routed_deletion = 'after' and is_narrow(deleted_earliest, deleted_latest) then 'exact'
          when routed_deregistration = 'after' and is_narrow(deregistered_earliest, deregistered_latest) then 'exact'
          else 'bounded'
        end
      when cause = 'stale_target' then
        case
          when is_narrow(deleted_earliest, deleted_latest) and is_narrow(deregistered_earliest, deregistered_latest)
            then 'exact'
          else 'bounded'
        end
      when cause = 'killed_in_flight' then
        case when is_narrow(deleted_earliest, deleted_latest) then 'exact' else 'bounded' end
      when cause = 'container_restart' then
        case
          when is_narrow(restarted_earliest, restarted_latest) and restarted_latest >= routed_at then 'exact'
          else 'bounded'
        end
      when cause = 'not_ready_target' then
        case when is_narrow(ready_earliest, ready_latest) then 'exact' else 'bounded' end
      else 'exact'
    end as confidence,
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
    end as deregistration_lateness_seconds
  from weighed w
)
select
  object_id, line, time, request_creation_time, elapsed, elb, target_group_arn, target_ip, target_port,
  elb_status_code, target_status_code, request_processing_time, target_processing_time, response_processing_time,
  request_line, trace_id, domain_name, actions_executed, error_reason,
  mechanism, cause, confidence, other_cause,
  pod_namespace, pod_name, pod_uid, node, owner_kind, owner_name, workload, life,
  target_was, seconds_after_deletion, seconds_after_deregistration, seconds_after_exit, failed_seconds_after_exit,
  deregistration_lateness_seconds,
  deleted_earliest, deleted_latest, deregistered_earliest, deregistered_latest, exited_earliest, exited_latest,
  ready_earliest, ready_latest, seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds,
  case
    when not has_target_cause then null
    else nullif(coalesce(pod_sources, '') || case when pod_sources is not null and target_sources is not null
      then '; ' else '' end || coalesce(target_sources, ''), '')
  end as evidence,
  case
    when cause = 'no_healthy_target' then 'The target group had no registered target that could be used.'
    when cause = 'draining_target' then
      'The balancer chose a target that was already going away'
      || case
        when confidence = 'ambiguous' then ', if the times are read so; they may also mean ' || coalesce(other_cause, cause)
        else '' end
      || case
        when routed_deletion = 'after' then ': routed at least ' || seconds_text(seconds_after_deletion)
          || ' after the pod''s deletion'
        else '' end
      || case
        when routed_deregistration = 'after' then
          case when routed_deletion = 'after' then ' and ' else ': routed at least ' end
          || seconds_text(seconds_after_deregistration) || ' after the target''s deregistration'
        else '' end
      || case
        when routed_deletion = 'after' and routed_deregistration is null
          then '. When it was deregistered is not known; describe-target-health at that time, or the deregistration log, '
            || 'tells draining_target from stale_target'
        else '' end
      || '.'
    when cause = 'stale_target' then
      'The pod was terminating and the balancer had not been told: the deregistration came at least '
      || seconds_text(deregistration_lateness_seconds) || ' after the pod began to go.'
    when cause = 'killed_in_flight' then
      'The request was running when its pod was deleted'
      || case
        when termination_grace_period_seconds is not null
          then '; of ' || cast(termination_grace_period_seconds as varchar) || ' s of grace it failed after '
            || seconds_text(seconds_between(deleted_latest, time))
        else '' end
      || case when confidence = 'ambiguous' then '; the times may also mean ' || coalesce(other_cause, cause) else '' end
      || '.'
    when cause = 'drain_delay_elapsed' then
      'The pod was still running when the target''s deregistration delay ended and the balancer closed the connection'
      || case when other_cause is not null then '; the times may also mean ' || other_cause else '' end || '.'
    when cause = 'container_restart' then
      'Container ' || coalesce(restarted_container, '(unnamed)') || ' of the living pod terminated ('
      || coalesce(restarted_reason, 'no reason known')
      || coalesce(', exit code ' || cast(restarted_exit_code as varchar), '') || ') around the failure.'
    when cause = 'not_ready_target' then
      'The request was routed at least ' || seconds_text(seconds_between(routed_at, ready_earliest))
      || ' before the pod was ready.'
    when cause = 'healthy_target' then
      'The pod was running and not terminating all the while: the deployment did not do it'
      || case
        when confidence = 'ambiguous' then ', unless the other reading holds: ' || coalesce(other_cause, cause)
        when mechanism = 'closed_in_flight' and target_processing_time < 0.01
          then '. A keep-alive race is likely: compare the application''s idle timeout with the balancer''s'
        when mechanism in ('connect_timeout', 'connect_failed')
          then '. Look at security groups, the node, and the accept queue'
        when mechanism = 'response_timeout' then '. Look at what the application was doing'
        else '' end
      || '.'
    when cause = 'no_evidence' and routed_at is null then
      'This row''s format has no request_creation_time, so it cannot be told when the target was chosen.'
    when cause = 'no_evidence' and life is null then
      'No evidence holds ' || target_ip || ' at ' || time_text(routed_at) || '. A `kubectl get pods -o json` or a CSV row '
      || 'of the pod that had this address then, with its deletion time, settles it.'
    when cause = 'no_evidence' and is_over then
      'The last pod known at ' || target_ip || ', ' || pod_name || ', was deleted at the latest '
      || time_text(deleted_latest) || ', over an hour before. A `kubectl get pods -o json` or a CSV row of the pod that had '
      || 'this address at ' || time_text(routed_at) || ' settles it.'
    when cause = 'no_evidence' and failed_deletion is null and deleted_latest is null then
      'Nothing says whether ' || pod_name || ' was terminating at ' || time_text(failed_at)
      || coalesce('; it was last seen running at ' || time_text(seen_until), '')
      || '. Its deletion time, or a `kubectl get pods -o json` taken after that, settles it.'
    when cause = 'no_evidence' then
      'Nothing says that ' || pod_name || ' was running at ' || time_text(routed_at)
      || '. Its creation time, or a `kubectl get pods -o json` taken before that, settles it.'
    when mechanism = 'target_error' then 'The application answered so itself.'
    when mechanism = 'fixed_response' then 'A listener rule answered; no target was asked.'
    when mechanism = 'client_closed' then 'The client closed the connection before a target was chosen.'
    when mechanism = 'rejected_request' then 'The balancer refused the request.'
    when mechanism = 'other' then 'This row fits none of the known mechanisms.'
    else 'Answered by the balancer''s ' || mechanism || ' step' || coalesce(' (' || error_reason || ')', '') || '.'
  end as because
from judged
