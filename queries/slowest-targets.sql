-- Title: Slowest targets
-- Group: what else is odd
-- Why: a slow target is often short of resources, or about to be killed.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: at_least integer = 1 -- only targets with at least this many answers
-- Param: limit integer = 50 -- at most this many targets
-- Needs: request
-- Cost: one scan of all rows; the percentiles are exact (nearest rank), so it sorts.
with ranked as (
  select
    target_group_arn, target_ip, target_port, target_processing_time,
    row_number() over (
      partition by target_group_arn, target_ip, target_port order by target_processing_time
    ) as number,
    count(*) over (partition by target_group_arn, target_ip, target_port) as answers
  from request
  where target_processing_time is not null and target_status_code is not null
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
target as (
  select
    target_group_arn, target_ip, target_port, count(*) as answers,
    round(avg(target_processing_time), 3) as mean_seconds,
    min(case when number >= 0.5e0 * answers then target_processing_time end) as median_seconds,
    min(case when number >= 0.99e0 * answers then target_processing_time end) as p99_seconds,
    max(target_processing_time) as max_seconds
  from ranked
  group by target_group_arn, target_ip, target_port
  having count(*) >= cast($at_least as bigint)
),
ranked_target as (
  select
    t.*,
    row_number() over (
      order by p99_seconds desc, max_seconds desc, target_ip, target_port, target_group_arn
    ) as position
  from target t
)
select
  target_group_arn, target_ip, target_port, answers, mean_seconds, median_seconds, p99_seconds, max_seconds
from ranked_target
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
