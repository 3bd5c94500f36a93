-- Title: Failures left against seconds of service after the deletion, per Deployment and target group
-- Group: which setting
-- Why: what each second of a preStop sleep is worth: of the requests that were routed to terminating pods, how many come
--   after the pod has served for `seconds`, and would have failed. No model: a count of the rows that are loaded.
--   `share_left` is of all requests routed late, answered ones included; `failures_left` counts only those that failed.
-- Param: namespace text = null -- only pods of this namespace
-- Param: workload text = null -- only this Deployment (or StatefulSet, DaemonSet)
-- Param: longest integer = 120 -- most seconds to consider
-- Needs: late_request
-- Cost: one scan of all rows, joined with the pods.
with late as (
  select namespace, deployment, target_group_arn, life, is_failed, cast(floor(seconds) as bigint) + 1 as second
  from late_request
  where is_late
    and (cast($namespace as varchar) is null or namespace = cast($namespace as varchar))
    and (cast($workload as varchar) is null or deployment = cast($workload as varchar))
),
step as (
  select distinct namespace, deployment, target_group_arn, cast(0 as bigint) as seconds from late
  union
  select distinct namespace, deployment, target_group_arn, second from late
  where second <= cast($longest as bigint)
)
select
  s.namespace, s.deployment, s.target_group_arn, s.seconds,
  sum(case when l.is_failed and l.second > s.seconds then 1 else 0 end) as failures_left,
  sum(case when l.second > s.seconds then 1 else 0 end) as requests_left,
  sum(case when l.second > s.seconds then 1e0 else 0e0 end) / count(*) as share_left,
  count(distinct case when l.second > s.seconds then l.life end) as pods_left
from step s
join late l
  on l.namespace is not distinct from s.namespace
  and l.deployment = s.deployment
  and l.target_group_arn = s.target_group_arn
group by s.namespace, s.deployment, s.target_group_arn, s.seconds
order by s.namespace, s.deployment, s.target_group_arn, s.seconds
