-- Title: Failures per target
-- Group: what failed
-- Why: is it one bad target, or all of them? The answers of each target are counted too, so the share is right.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 100 -- at most this many targets
-- Needs: request, alb_count, verdict
-- Athena: fetched
-- Cost: one scan of all rows.
with counted as (
  select
    target_group_arn, target_ip, target_port, time, 1 as requests,
    case when elb_status_code >= 500 then time end as failed_at
  from request
  where target_ip is not null
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  union all
  select target_group_arn, target_ip, target_port, minute, requests, null
  from alb_count
  where target_ip is not null
    and (cast($from as timestamp(6)) is null or minute >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or minute < cast($to as timestamp(6)))
),
target as (
  select
    target_group_arn, target_ip, target_port, sum(requests) as requests, count(failed_at) as failures,
    min(failed_at) as first_failure, max(failed_at) as last_failure
  from counted
  group by target_group_arn, target_ip, target_port
),
named as (
  select target_group_arn, target_ip, target_port, array_join(array_agg(distinct pod_name order by pod_name), ', ') as pods
  from verdict
  where pod_name is not null
  group by target_group_arn, target_ip, target_port
),
ranked as (
  select
    t.*, n.pods as failed_pods,
    row_number() over (order by t.failures desc, t.target_ip, t.target_port, t.target_group_arn) as position
  from target t
  left join named n
    on n.target_group_arn is not distinct from t.target_group_arn
    and n.target_ip = t.target_ip
    and n.target_port = t.target_port
  where t.failures > 0
)
select
  target_group_arn, target_ip, target_port, requests, failures, round(1e2 * failures / requests, 3) as failed_percent,
  first_failure, last_failure, failed_pods
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
