-- Title: Each failure with its cause and its confidence
-- Why: the rule gives the cause; the confidence is one formula over the intervals that the rule says decide. `pattern` says
--   how failures of targets that were well, or of which nothing is known, lie together within ten minutes of a group.
-- Column: cause -- cause of the failure (docs/verdicts.md); NULL if no target was to blame
-- Column: confidence -- exact, bounded or ambiguous: how well the times that decide are known; likely: the traffic alone
-- Column: other_cause -- the second possible cause, if a deciding comparison is not settled
-- Column: pattern -- keep_alive_race, one_balancer_node, zone, new_targets_only, one_target, slow_application, unreachable
-- Needs: judged, rule, kind_step, group_traffic
with ruled as (
  select
    j.*, r.cause, r.other_cause as rule_other_cause, r.decided_by, r.is_likely, r.missing as rule_missing,
    r.sentence, coalesce(k.next_step, r.next_step) as next_step, span_of(j.routed_at) as span,
    j.has_target_cause and coalesce(r.cause in ('healthy_target', 'no_evidence'), false) as is_odd,
    j.target_ip || ':' || cast(j.target_port as varchar) as target,
    coalesce(
      j.group_answered_first < j.routed_at - new_target_silence()
        and (j.answered_first is null or j.routed_at < j.answered_first + new_target_age()),
      false
    ) as is_new_target
  from judged j
  left join rule r on r.rule = j.rule
  left join kind_step k on k.rule = j.rule and k.target_kind = j.target_kind
),
spread as (
  select
    r.*,
    count(*) over w as odd_failures,
    min(target) over w as first_target, max(target) over w as last_target,
    min(ip_address) over w as first_node, max(ip_address) over w as last_node,
    min(coalesce(zone, '')) over w as first_zone, max(coalesce(zone, '')) over w as last_zone,
    min(case when is_new_target then 1 else 0 end) over w as all_new
  from ruled r
  window w as (partition by target_group_arn, mechanism, span, is_odd)
),
weighed as (
  select
    s.*,
    case
      when cause is null or cause in ('no_evidence', 'no_healthy_target') or is_likely then null
      else coalesce(
        -- Whose address it was comes before what happened to one of them.
        case when other_life_cause <> cause then other_life_cause end,
        rule_other_cause,
        other_life_cause,
        case
          when is_registration_unsure and routed_deregistration is not null and routed_deletion is null then 'healthy_target'
        end
      )
    end as other_cause,
    (not contains_word(decided_by, 'deletion') or is_narrow(deleted_earliest, deleted_latest))
      and (not contains_word(decided_by, 'deregistration') or is_narrow(deregistered_earliest, deregistered_latest))
      and (not contains_word(decided_by, 'registration') or is_registration_covered)
      and (
        not contains_word(decided_by, 'exit') or is_narrow(exited_earliest, exited_latest)
        or coalesce(exited_earliest > time, false)
      )
      and (not contains_word(decided_by, 'delay') or deregistration_delay_seconds is not null)
      and (
        not contains_word(decided_by, 'restart')
        or is_narrow(restarted_earliest, restarted_latest) and coalesce(restarted_latest >= routed_at, false)
      )
      and (not contains_word(decided_by, 'alive') or coalesce(failed_deletion = 'before', false))
      and (not contains_word(decided_by, 'readiness') or is_narrow(ready_earliest, ready_latest))
      and not contains_word(decided_by, 'estimate') as is_narrow_verdict
  from spread s
)
select
  w.object_id, w.line, w.time, w.request_creation_time, w.elapsed, w.elb, w.target_group_arn, w.target_ip,
  w.target_port, w.elb_status_code, w.target_status_code, w.request_processing_time, w.target_processing_time,
  w.response_processing_time, w.request_line, w.trace_id, w.domain_name, w.actions_executed, w.error_reason,
  w.ip_address, w.mechanism, w.life, w.target_kind, w.target_name, w.version, w.other_life, w.pod_namespace,
  w.pod_name, w.pod_uid, w.node, w.zone, w.owner_kind, w.owner_name, w.workload, w.deployment, w.created_earliest,
  w.created_latest, w.ready_earliest, w.ready_latest, w.deleted_earliest, w.deleted_latest, w.deleted_by,
  w.deleted_reason, w.deleted_detail, w.first_finished_earliest, w.first_finished_latest, w.finished_latest,
  w.gone_latest, w.seen_from, w.seen_until, w.termination_grace_period_seconds, w.pre_stop_seconds, w.pod_sources,
  w.deregistered_earliest, w.deregistered_latest, w.deregistered_by, w.deregistered_actor, w.drained_earliest,
  w.drained_latest, w.registered_from, w.registered_again_at, w.target_sources, w.routed_at, w.has_target_cause,
  w.exited_earliest, w.exited_latest, w.deregistration_delay_seconds, w.answered_before, w.answered_after,
  w.silent_pods, w.restarted_earliest, w.restarted_latest, w.restarted_container, w.restarted_exit_code,
  w.restarted_reason, w.node_stated_at, w.node_reason, w.group_answered_before, w.group_healthy_before, w.gone_pods,
  w.silent_targets, w.pods_behind, w.pods_going, w.is_race, w.is_unconnected, w.rule, w.cause, w.rule_other_cause,
  w.is_likely, w.rule_missing, w.sentence, w.next_step, w.span, w.target, w.other_cause,
  case
    when cause is null or cause = 'no_evidence' then null
    when is_likely then 'likely'
    when other_cause is not null or other_life is not null and cause <> 'no_healthy_target' then 'ambiguous'
    when is_narrow_verdict then 'exact'
    else 'bounded'
  end as confidence,
  case
    when not is_odd then null
    when rule in ('healthy.race', 'healthy.race_while_terminating', 'likely.race') then 'keep_alive_race'
    when odd_failures >= pattern_failures() and w.first_node = w.last_node and w.first_target <> w.last_target
      and (t.first_node <> w.first_node or t.last_node <> w.first_node) then 'one_balancer_node'
    when odd_failures >= pattern_failures() and w.first_zone = w.last_zone and w.first_zone <> ''
      and w.first_target <> w.last_target and (t.first_zone <> w.first_zone or t.last_zone <> w.first_zone) then 'zone'
    when odd_failures >= pattern_failures() and all_new = 1 and t.targets >= 2 then 'new_targets_only'
    -- Others answered, and that all of them met this one is no chance.
    when odd_failures >= pattern_failures() and w.first_target = w.last_target
      and (t.first_target <> w.first_target or t.last_target <> w.first_target)
      and (odd_failures - 1) * ln(cast(t.asked_targets as double)) >= ln(pattern_odds()) then 'one_target'
    when mechanism = 'response_timeout' then 'slow_application'
    when mechanism = 'connect_timeout' then 'unreachable'
  end as pattern
from weighed w
left join group_traffic t on t.target_group_arn = w.target_group_arn and t.span = w.span
