-- Title: What to set, per Deployment and target group, and what that rests on
-- Group: which setting
-- Why: a pod that is deleted must serve for as long as the balancer keeps choosing it. `last_routed_seconds` is the longest
--   time between a deletion and a request that was still routed to the pod, answered or failed. The advised preStop sleep
--   is that (or the longest request, where requests were cut off by the end of their pod) and a tenth, at least a second;
--   the deregistration delay is the longest request and a tenth, the grace period both together and five seconds.
--   Below 10 pods or 50 requests routed late, the advice is NULL: so few say little of the worst.
-- Param: namespace text = null -- only pods of this namespace
-- Param: workload text = null -- only this Deployment (or StatefulSet, DaemonSet)
-- Param: percentile number = 100 -- of the request lengths, which one counts as the longest
-- Needs: late_request, request, pod_life, pod_fact, deregistration_delay
-- Cost: one scan of all rows, joined with the pods, and a sort of the request lengths.
with late as (
  select * from late_request
),
ranked as (
  select
    l.*,
    row_number() over (partition by namespace, deployment, target_group_arn, is_late order by seconds) as number,
    count(*) over (partition by namespace, deployment, target_group_arn, is_late) as requests
  from late l
),
routing as (
  select
    namespace, deployment, target_group_arn, max(case when is_late then deployment_kind end) as deployment_kind,
    count(distinct case when is_late then owner_name end) as versions,
    count(distinct case when is_late then life end) as pods, sum(case when is_late then 1 else 0 end) as late_requests,
    sum(case when is_late and is_failed then 1 else 0 end) as late_failures,
    min(case when is_late and number >= 0.5e0 * requests then seconds end) as median_routed_seconds,
    min(case when is_late and number >= 0.99e0 * requests then seconds end) as p99_routed_seconds,
    max(case when is_late then seconds end) as last_routed_seconds,
    sum(case when not is_late and cause = 'killed_in_flight' then 1 else 0 end) as killed_in_flight,
    sum(case when not is_late and cause = 'drain_delay_elapsed' then 1 else 0 end) as drain_delay_elapsed
  from ranked
  group by namespace, deployment, target_group_arn
  having max(case when is_late then 1 else 0 end) = 1
),
length_ranked as (
  select
    target_group_arn, elapsed,
    row_number() over (partition by target_group_arn order by elapsed) as number,
    count(*) over (partition by target_group_arn) as answers
  from request
  where target_status_code is not null and elapsed is not null and type not in ('ws', 'wss')
),
length as (
  select
    target_group_arn,
    min(case when number >= cast($percentile as double) / 1e2 * answers then elapsed end) as longest_request_seconds
  from length_ranked
  group by target_group_arn
),
-- Of the pods' own settings those of the youngest count. Their containers as they ended; one that has several must be told
-- by hand which of them serves.
pod_of as (
  select
    l.namespace, l.deployment, p.termination_grace_period_seconds, p.pre_stop_seconds, f.container,
    row_number() over (
      partition by l.namespace, l.deployment, case when p.termination_grace_period_seconds is null then 1 else 0 end
      order by p.deleted_earliest desc, p.life
    ) as number
  from (select distinct namespace, deployment, life from late) l
  join pod_life p on p.life = l.life
  left join pod_fact f on f.uid = p.uid and f.container is not null
),
seen as (
  select
    namespace, deployment,
    case when count(distinct container) = 1 then max(container) end as container,
    max(case when number = 1 then termination_grace_period_seconds end) as termination_grace_period_seconds,
    max(case when number = 1 and termination_grace_period_seconds is not null then pre_stop_seconds end)
      as pre_stop_seconds
  from pod_of
  group by namespace, deployment
),
stepped as (
  select
    r.*, l.longest_request_seconds, s.termination_grace_period_seconds, s.pre_stop_seconds,
    d.seconds as deregistration_delay_seconds, s.container, r.pods >= 10 and r.late_requests >= 50 as is_enough,
    case
      when r.killed_in_flight > 0 and l.longest_request_seconds > r.last_routed_seconds then l.longest_request_seconds
      else r.last_routed_seconds
    end as needed_seconds
  from routing r
  left join length l on l.target_group_arn = r.target_group_arn
  left join deregistration_delay d on d.target_group_arn = r.target_group_arn
  left join seen s on s.namespace is not distinct from r.namespace and s.deployment = r.deployment
),
advised as (
  select
    m.*,
    case when is_enough then cast(ceil(later(needed_seconds * 1.1e0, needed_seconds + 1)) as bigint) end
      as advised_pre_stop_seconds,
    case
      when is_enough then cast(ceil(later(longest_request_seconds * 1.1e0, longest_request_seconds + 1)) as bigint)
    end as advised_deregistration_delay_seconds
  from stepped m
)
select
  namespace, deployment_kind, deployment, container, target_group_arn, versions, pods, late_requests, late_failures,
  killed_in_flight, drain_delay_elapsed, median_routed_seconds, p99_routed_seconds, last_routed_seconds, longest_request_seconds,
  pre_stop_seconds, deregistration_delay_seconds, termination_grace_period_seconds, is_enough,
  advised_pre_stop_seconds, advised_deregistration_delay_seconds,
  advised_pre_stop_seconds + advised_deregistration_delay_seconds + 5 as advised_termination_grace_period_seconds
from advised
where (cast($namespace as varchar) is null or namespace = cast($namespace as varchar))
  and (cast($workload as varchar) is null or deployment = cast($workload as varchar))
order by late_failures + killed_in_flight + drain_delay_elapsed desc, namespace, deployment, target_group_arn
