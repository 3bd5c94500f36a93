-- Title: Advised settings, per Deployment and target group, and the measurements behind them
-- Group: which setting
-- Why: a pod that is deleted must serve for as long as the balancer keeps choosing it: until it is deregistered, and some
--   seconds more. A needed preStop sleep is the longest time between a deletion and a request that was still routed to the
--   pod, answered or failed. Where the application ends at once on SIGTERM it is the 99th percentile of that time and the
--   longest request; where it ends in the middle of longer requests, the longest one. A needed deregistration delay is the
--   last routing after the deregistration and the longest request; a needed grace period the sleep, the longest request
--   and a margin. Each with a tenth more, at least a second. `advised_*` are these, and never below the setting in force
--   unless `allow_lower` says so. They are NULL below 10 pods or 50 requests routed late (so few say little of the worst),
--   and for a deregistration delay that is not known. Pods that were deregistered late are counted: a longer sleep is not
--   their cure.
-- Param: namespace text = null -- only pods of this namespace
-- Param: workload text = null -- only this Deployment (or StatefulSet, DaemonSet)
-- Param: percentile number = 100 -- of the request lengths, which one counts as the longest
-- Param: allow_lower boolean = false -- whether a setting may be advised that is lower than the one in force
-- Needs: late_request, request_length, deregistration_delay
-- Athena: fetched
-- Cost: one scan of all rows, joined with the pods; a judged database keeps what it reads.
with late as (
  select
    l.*,
    -- Of the pods' own settings those of the youngest count.
    case when termination_grace_period_seconds is not null then cast(deleted_at as varchar) || ' ' || cast(life as varchar) end as youth,
    exited_seconds <= coalesce(pre_stop_seconds, 0) + abrupt_exit_seconds() as is_abrupt,
    exited_seconds >= termination_grace_period_seconds - 1 as is_grace_over
  from late_request l
),
routing as (
  select
    namespace, deployment, target_group_arn, max(case when is_late then deployment_kind end) as deployment_kind,
    count(distinct case when is_late then owner_name end) as versions,
    count(distinct case when is_late then life end) as pods, sum(case when is_late then 1 else 0 end) as late_requests,
    sum(case when cause = 'draining_target' then 1 else 0 end) as late_failures,
    nearest_rank(case when is_late then seconds end, 0.5e0) as median_routed_seconds,
    nearest_rank(case when is_late then seconds end, 0.99e0) as p99_routed_seconds,
    max(case when is_late then seconds end) as last_routed_seconds,
    max(case when is_late then seconds_after_deregistration end) as last_routed_after_deregistration_seconds,
    -- Of the last one; -1 is unknown, because an engine may pass over what is NULL.
    nullif(
      max_by(coalesce(seconds - seconds_after_deregistration, -1), case when is_late then seconds end), -1
    ) as controller_seconds,
    count(distinct case when is_late and deregistered_seconds is not null then life end) as deregistered_pods,
    count(distinct case when is_late and deregistered_seconds > usual_deregistration_seconds() then life end)
      as late_deregistered_pods,
    max(case when is_late then deregistered_seconds end) as deregistered_seconds,
    sum(case when cause = 'killed_in_flight' then 1 else 0 end) as killed_in_flight,
    sum(case when cause = 'drain_delay_elapsed' then 1 else 0 end) as drain_delay_elapsed,
    sum(case when cause = 'killed_in_flight' and is_abrupt then 1 else 0 end) as abrupt_failures,
    sum(case when cause = 'killed_in_flight' and coalesce(is_grace_over, false) then 1 else 0 end) as grace_failures,
    max(case when cause in ('killed_in_flight', 'drain_delay_elapsed') then elapsed end) as longest_cut_seconds,
    case when count(distinct container) = 1 then max(container) end as own_container,
    max(youth) as youth,
    max_by(termination_grace_period_seconds, youth) as own_grace_seconds,
    nullif(max_by(coalesce(pre_stop_seconds, -1), youth), -1) as own_pre_stop_seconds
  from late
  group by namespace, deployment, target_group_arn
),
youngest as (
  select r.*, max(youth) over (partition by namespace, deployment) as youngest
  from routing r
),
-- A Deployment has one setting, whichever of its target groups the youngest pod was asked by.
seen as (
  select
    y.*,
    max(case when youth = youngest then own_grace_seconds end) over (partition by namespace, deployment)
      as termination_grace_period_seconds,
    max(case when youth = youngest then own_pre_stop_seconds end) over (partition by namespace, deployment)
      as pre_stop_seconds,
    case
      when min(own_container) over (partition by namespace, deployment)
        = max(own_container) over (partition by namespace, deployment) then own_container
    end as container
  from youngest y
),
length_ranked as (
  select
    target_group_arn, elapsed, sum(answers) over (partition by target_group_arn order by elapsed) as number,
    sum(answers) over (partition by target_group_arn) as answers
  from request_length
),
length as (
  select
    target_group_arn,
    min(case when number >= cast($percentile as double) / 1e2 * answers then elapsed end) as longest_request_seconds
  from length_ranked
  group by target_group_arn
),
stepped as (
  select
    s.*, d.seconds as deregistration_delay_seconds,
    -- A request that was cut off would have been longer still.
    later(l.longest_request_seconds, s.longest_cut_seconds) as longest_request_seconds,
    s.pods >= least_advice_pods() and s.late_requests >= least_late_requests() as is_enough
  from seen s
  left join length l on l.target_group_arn = s.target_group_arn
  left join deregistration_delay d on d.target_group_arn = s.target_group_arn
  where s.late_requests > 0
),
based as (
  select
    t.*,
    case
      when killed_in_flight > 0 and abrupt_failures > 0 then 'late routing and longest request'
      when killed_in_flight > grace_failures and longest_request_seconds > last_routed_seconds then 'longest request'
      else 'late routing'
    end as pre_stop_rests_on
  from stepped t
),
lasting as (
  select
    b.*,
    case pre_stop_rests_on
      -- Hardly a request is both the last one routed and the longest.
      when 'late routing and longest request'
        then later(last_routed_seconds, p99_routed_seconds + coalesce(longest_request_seconds, 0))
      when 'longest request' then longest_request_seconds
      else last_routed_seconds
    end as serving_seconds,
    last_routed_after_deregistration_seconds + longest_request_seconds as draining_seconds
  from based b
),
needed as (
  select
    m.*,
    case when is_enough then cast(ceil(later(serving_seconds * 1.1e0, serving_seconds + 1)) as bigint) end
      as needed_pre_stop_seconds,
    case when is_enough then cast(ceil(later(draining_seconds * 1.1e0, draining_seconds + 1)) as bigint) end
      as needed_deregistration_delay_seconds,
    case
      when is_enough then cast(ceil(later(longest_request_seconds * 1.1e0, longest_request_seconds + 1)) as bigint)
    end as needed_finish_seconds
  from lasting m
),
slept as (
  select
    n.*,
    case
      when cast($allow_lower as boolean) then needed_pre_stop_seconds
      when needed_pre_stop_seconds is not null
        then cast(ceil(later(cast(needed_pre_stop_seconds as double), pre_stop_seconds)) as bigint)
    end as advised_pre_stop_seconds,
    case
      when cast($allow_lower as boolean) then needed_deregistration_delay_seconds
      when needed_deregistration_delay_seconds is not null and deregistration_delay_seconds is not null
        then cast(ceil(later(cast(needed_deregistration_delay_seconds as double), deregistration_delay_seconds)) as bigint)
    end as advised_deregistration_delay_seconds
  from needed n
)
select
  namespace, deployment_kind, deployment, container, target_group_arn, versions, pods, late_requests, late_failures,
  killed_in_flight, drain_delay_elapsed, median_routed_seconds, p99_routed_seconds, last_routed_seconds,
  last_routed_after_deregistration_seconds, controller_seconds, deregistered_pods, late_deregistered_pods, deregistered_seconds,
  longest_request_seconds, pre_stop_seconds, deregistration_delay_seconds, termination_grace_period_seconds, is_enough,
  pre_stop_rests_on, needed_pre_stop_seconds, needed_deregistration_delay_seconds, needed_finish_seconds,
  advised_pre_stop_seconds, advised_deregistration_delay_seconds,
  case
    when cast($allow_lower as boolean) then advised_pre_stop_seconds + needed_finish_seconds + grace_margin_seconds()
    when needed_finish_seconds is not null
      then cast(
        ceil(
          later(
            cast(advised_pre_stop_seconds + needed_finish_seconds + grace_margin_seconds() as double),
            coalesce(cast(termination_grace_period_seconds as double), default_grace_seconds())
          )
        ) as bigint
      )
  end as advised_termination_grace_period_seconds
from slept
where (cast($namespace as varchar) is null or namespace = cast($namespace as varchar))
  and (cast($workload as varchar) is null or deployment = cast($workload as varchar))
order by late_failures + killed_in_flight + drain_delay_elapsed desc, namespace, deployment, target_group_arn
