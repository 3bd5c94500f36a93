-- Title: How long requests take, per target group
-- Group: which setting
-- Why: the deregistration delay and the grace period must be longer than the longest request that is to survive.
--   Percentiles are exact (nearest rank). Websockets are left out: they are as long as their users stay.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: request
-- Cost: one scan of the rows of the window, and a sort of their lengths.
with ranked as (
  select
    target_group_arn, elapsed,
    row_number() over (partition by target_group_arn order by elapsed) as number,
    count(*) over (partition by target_group_arn) as answers
  from request
  where target_status_code is not null
    and elapsed is not null
    and type not in ('ws', 'wss')
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  target_group_arn, count(*) as answers,
  min(case when number >= 0.5e0 * answers then elapsed end) as median_seconds,
  min(case when number >= 0.99e0 * answers then elapsed end) as p99_seconds,
  min(case when number >= 0.999e0 * answers then elapsed end) as p999_seconds,
  max(elapsed) as longest_seconds
from ranked
group by target_group_arn
order by longest_seconds desc, target_group_arn
