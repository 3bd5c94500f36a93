-- Title: One row per failed request, with its cause and the numbers that led to it
-- Why: what people read; the rules are in `concluded`, the comparisons in `compared`, the numbers in `measured`. Here is
--   the sentence. confidence: `ambiguous` where a comparison that decides is not settled, or two pods may have had the
--   address (other_cause says what else it may be); `exact` where the times that decide are known to a second on both
--   sides; `bounded` otherwise. cause is NULL where no target was to blame: the mechanism says it all.
-- Column: evidence -- objects and lines that say this of pod and target
-- Column: because -- the verdict as a sentence
-- Needs: measured
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
  deregistration_delay_seconds, grace_left_seconds, group_last_healthy_at, is_keep_alive_race, missing, created_earliest,
  created_latest, first_finished_earliest, first_finished_latest, deregistered_by, deleted_by, deleted_reason,
  restarted_earliest, restarted_latest, restarted_container, restarted_exit_code, restarted_reason, node_told_at,
  node_reason, silent_pods, answered_before, answered_after, other_life,
  case
    when not has_target_cause then null
    else nullif(coalesce(pod_sources, '') || case when pod_sources is not null and target_sources is not null
      then '; ' else '' end || coalesce(target_sources, ''), '')
  end as evidence,
  case
    when cause = 'no_healthy_target' then 'The target group had no registered target that could be used'
      || coalesce('; it last had one at ' || time_text(group_last_healthy_at), '') || '.'
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
      || seconds_text(deregistration_lateness_seconds) || ' after the pod began to go'
      || case when confidence = 'ambiguous' then '; the times may also mean ' || coalesce(other_cause, cause) else '' end
      || '.'
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
      || ' before the pod was ready'
      || case when confidence = 'ambiguous' then '; it may also be ' || coalesce(other_cause, cause) else '' end || '.'
    when cause = 'node_lost' then
      'Node ' || coalesce(node, '(unnamed)') || ' was lost'
      || case
        when node_told_at is not null then ': the cluster called it ' || coalesce(node_reason, 'NotReady') || ' at '
          || time_text(node_told_at)
        else ': ' || cast(silent_pods as varchar) || ' of its pods fell silent together, and none was being deleted'
      end || '.'
    when cause = 'healthy_target' then
      case
        when failed_deletion = 'after' then 'The pod was terminating, but still running when the request failed: its end did not do it'
        else 'The pod was running and not terminating all the while: the deployment did not do it'
      end
      || case
        when confidence = 'ambiguous' then ', unless the other reading holds: ' || coalesce(other_cause, cause)
        when is_keep_alive_race
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
      || coalesce(time_text(deleted_latest), time_text(exited_latest)) || ', and the address is another''s since. A `kubectl get pods -o json` or a CSV row of the pod that had '
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
    when mechanism = 'client_closed' then 'The client closed the connection before it had an answer.'
    when mechanism = 'rejected_request' then 'The balancer refused the request.'
    when mechanism = 'other' then 'This row fits none of the known mechanisms.'
    else 'Answered by the balancer''s ' || mechanism || ' step' || coalesce(' (' || error_reason || ')', '') || '.'
  end as because
from measured
