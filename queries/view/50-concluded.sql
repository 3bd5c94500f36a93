-- Title: Each failure with its cause, and what else it may be
-- Why: the rules of docs/verdicts.md, and nothing else. `other_cause` is set where a comparison that decides is not
--   settled; the verdict is then ambiguous. The clocks of the cluster and of the balancer are taken to agree to two
--   seconds: a failure that only these two seconds keep away from another cause names it, unless something in the same
--   row shows that the clocks agree.
-- Column: cause -- why it failed (docs/verdicts.md); NULL where no target was to blame
-- Column: confidence -- exact, bounded or ambiguous: how well the times that decide are known
-- Column: other_cause -- what else it may be, where a comparison that decides is not settled
-- Needs: compared
with flagged as (
  select
    c.*,
    -- Gone for longer than the longest deregistration delay, or answered for by somebody since its pod ended: the address
    -- is another's, whom no evidence names.
    coalesce(
      earlier(exited_latest, deleted_latest) < routed_at - interval '3600' second
        or answered_before > exited_latest + interval '10' second,
      false
    ) as is_over,
    coalesce(created_latest <= routed_at or seen_from <= routed_at or ready_latest <= routed_at, false) as is_started,
    -- A request that the exit cut off shows by how much the clocks differ.
    coalesce(
      mechanism = 'closed_in_flight'
        and time >= exited_earliest - interval '1' second
        and time <= exited_latest + interval '1' second,
      false
    ) as is_cut_at_exit,
    coalesce(time < exited_earliest - interval '1' second, false) as is_outlived,
    coalesce(
      mechanism = 'closed_in_flight'
        and time >= drain_end_earliest - interval '1' second
        and time <= drain_end_latest + interval '1' second,
      false
    ) as is_at_drain_end,
    -- The mark of a connection that was closed while idle: the close crossed the request.
    mechanism = 'closed_in_flight' and coalesce(target_processing_time < 0.01, true) as is_race_like,
    mechanism in ('connect_timeout', 'connect_failed') as is_unconnected,
    -- Ready may come again. Where requests were answered long before, the first time is not known.
    coalesce(answered_before < ready_earliest - interval '300' second, false) as is_ready_again,
    -- Others of the group answered, this one never again.
    is_silent and coalesce(group_answered_after <= failed_at + interval '60' second, false) as is_silent_alone
  from compared c
),
settled as (
  select
    f.*,
    coalesce(routed_deletion, '') = 'after' and not is_over or coalesce(routed_deregistration, '') = 'after'
      as is_going,
    coalesce(routed_deletion, '') = 'within' or coalesce(routed_deregistration, '') = 'within' as is_going_unsure,
    -- Surely after D or X, whatever the clocks.
    coalesce(deleted_latest <= routed_at - interval '2' second, false)
      or coalesce(deregistered_latest <= routed_at - interval '2' second, false)
      or is_unconnected or is_cut_at_exit or is_outlived as is_clock_safe,
    coalesce(routed_ready, '') = 'before' and not is_ready_again as is_unready,
    is_node_told and mechanism in ('connect_timeout', 'response_timeout')
      and not coalesce(answered_after <= failed_at + interval '60' second and mechanism = 'connect_timeout', false)
      as is_node_lost,
    is_silent_alone and silent_pods >= 2 and silent_nodes = 1 as is_node_silent,
    -- Not told, and yet it may be.
    is_silent and silent_nodes <= 1 and (
      is_silent_alone or silent_pods >= 2 or is_unready_soon
    ) as may_be_node
  from flagged f
),
caused as (
  select
    s.*,
    case
      when mechanism = 'no_target' then 'no_healthy_target'
      -- The client went away, whatever its target was about to do: all that can be said is that it was well.
      when mechanism = 'client_closed' and target_ip is not null then
        case
          when is_going or is_going_unsure or failed_deletion in ('after', 'within') then null
          when routed_deletion = 'before' and failed_deletion = 'before' and is_started
            then case when coalesce(deregistered_latest > time, true) then 'healthy_target' end
          else 'no_evidence'
        end
      when not has_target_cause then null
      -- Already going when it was chosen.
      when is_going and routed_deregistration = 'before' then 'stale_target'
      when is_going then 'draining_target'
      when is_over and not is_going_unsure then 'no_evidence'
      when is_going_unsure then case when routed_deregistration = 'before' then 'stale_target' else 'draining_target' end
      -- Went while the request was running.
      when routed_deletion = 'before' and failed_deletion in ('after', 'within') then
        case
          when is_unconnected then 'healthy_target'
          when mechanism = 'response_timeout' and is_node_lost then 'node_lost'
          when is_at_drain_end and not is_cut_at_exit then 'drain_delay_elapsed'
          when is_outlived and (mechanism = 'response_timeout' or is_race_like) then 'healthy_target'
          else 'killed_in_flight'
        end
      -- Was not going.
      when is_restarted then 'container_restart'
      when routed_deletion = 'before' and failed_deletion = 'before' and is_at_drain_end then 'drain_delay_elapsed'
      when is_unready then 'not_ready_target'
      when is_node_lost or (is_node_silent and routed_deletion = 'before') then 'node_lost'
      when routed_deletion = 'before' and failed_deletion = 'before' and is_started then 'healthy_target'
      else 'no_evidence'
    end as cause
  from settled s
),
weighed as (
  select
    c.*,
    case
      when cause is null or cause in ('no_evidence', 'no_healthy_target') then null
      when is_going and cause = 'draining_target' and routed_deregistration = 'within' then 'stale_target'
      when is_going and not is_clock_safe then 'killed_in_flight'
      -- Registered again so soon, the address may have been the next pod's already.
      when is_going and life is null and mechanism <> 'connect_timeout'
        and registered_again_at <= routed_at + interval '90' second then 'not_ready_target'
      when is_going_unsure and not is_going then
        case
          when is_unconnected or coalesce(failed_deletion, '') <> 'after' then 'healthy_target'
          else 'killed_in_flight'
        end
      when cause = 'drain_delay_elapsed' then
        case
          when failed_deletion in ('after', 'within') and not (is_outlived and is_drain_known) then 'killed_in_flight'
          when failed_deletion = 'before' and not is_drain_known then 'healthy_target'
          when seconds_between(drain_end_earliest, drain_end_latest) > 5 then 'healthy_target'
        end
      when cause = 'killed_in_flight' then
        case
          when failed_deletion = 'within' then 'healthy_target'
          when is_at_drain_end and is_drain_known then 'drain_delay_elapsed'
          -- It ran on, and may have closed the connection itself; or the balancer did, when its delay was over.
          when is_outlived and mechanism = 'closed_in_flight' and deregistered_latest is null then 'drain_delay_elapsed'
          when mechanism = 'response_timeout' and exited_latest is null then 'healthy_target'
          when mechanism = 'response_timeout' and exited_latest > time and not is_outlived then 'healthy_target'
        end
      when mechanism = 'client_closed' then case when other_life is not null then 'healthy_target' end
      when cause = 'healthy_target' then
        case
          when is_unconnected and failed_deletion in ('after', 'within') then 'draining_target'
          when is_unconnected and deleted_latest is not null and failed_at >= deleted_earliest - interval '2' second
            then 'draining_target'
          when mechanism = 'closed_in_flight' and failed_deletion = 'before' and deleted_latest is not null
            and failed_at >= deleted_earliest - interval '2' second and not is_race_like then 'killed_in_flight'
          when routed_ready = 'within' and not is_ready_again then 'not_ready_target'
          when may_be_node then 'node_lost'
          when other_life is not null then other_life_cause
        end
      when cause = 'not_ready_target' and routed_at >= ready_earliest - interval '2' second and is_started then 'healthy_target'
      when other_life is not null then other_life_cause
      when is_registration_unsure and routed_deregistration is not null and routed_deletion is null
        then 'healthy_target'
    end as other_cause
  from caused c
)
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
    when cause = 'node_lost' then 'bounded'
    when cause = 'drain_delay_elapsed' then
      case
        when is_narrow(deregistered_earliest, deregistered_latest) and deregistration_delay_seconds is not null then 'exact'
        else 'bounded'
      end
    else 'exact'
  end as confidence
from weighed w
