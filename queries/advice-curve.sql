-- Title: Failures left against seconds of service after the deletion, per Deployment and target group
-- Group: which setting
-- Why: the value of each second of a preStop sleep: of the requests that were routed to terminating pods, how many come
--   after the pod has served for `seconds`, and would have failed. No model: a count of the rows that are loaded.
--   `share_left` is of all requests routed late, answered ones included; `failures_left` counts only those that failed.
-- Param: namespace text = null -- only pods of this namespace
-- Param: workload text = null -- only this Deployment (or StatefulSet, DaemonSet)
-- Param: longest integer = 120 -- most seconds to consider
-- Needs: late_request
-- Athena: fetched
-- Cost: one scan of all rows, joined with the pods.
with late as (
  select
    namespace, deployment, target_group_arn, life, cause = 'draining_target' as is_failed,
    cast(floor(seconds) as bigint) + 1 as second,
    row_number() over (partition by namespace, deployment, target_group_arn, life order by seconds desc) as position
  from late_request
  where is_late and deployment is not null and target_group_arn is not null
    and (cast($namespace as varchar) is null or namespace = cast($namespace as varchar))
    and (cast($workload as varchar) is null or deployment = cast($workload as varchar))
),
-- A pod counts once, at the last second in which a request was routed to it; second 0 is there for each Deployment.
step as (
  select
    l.namespace, l.deployment, l.target_group_arn, case when k.kind = 'own' then l.second else 0 end as seconds,
    sum(case when k.kind = 'own' and l.is_failed then 1 else 0 end) as failures,
    sum(case when k.kind = 'own' then 1 else 0 end) as requests,
    sum(case when k.kind = 'own' and l.position = 1 then 1 else 0 end) as pods
  from late l
  cross join (values ('own'), ('none')) as k (kind)
  group by l.namespace, l.deployment, l.target_group_arn, case when k.kind = 'own' then l.second else 0 end
),
remaining as (
  select
    s.namespace, s.deployment, s.target_group_arn, s.seconds,
    coalesce(sum(s.failures) over later_step, 0) as failures_left,
    coalesce(sum(s.requests) over later_step, 0) as requests_left,
    coalesce(sum(s.pods) over later_step, 0) as pods_left,
    sum(s.requests) over (partition by s.namespace, s.deployment, s.target_group_arn) as requests
  from step s
  window later_step as (
    partition by s.namespace, s.deployment, s.target_group_arn
    order by s.seconds desc rows between unbounded preceding and 1 preceding
  )
)
select
  namespace, deployment, target_group_arn, seconds, failures_left, requests_left,
  cast(requests_left as double) / requests as share_left, pods_left
from remaining
where seconds <= cast($longest as bigint) or seconds = 0
order by namespace, deployment, target_group_arn, seconds
