-- Title: Number and times of the loaded requests of a window
-- Why: "no failure" proves nothing where no request is loaded.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Param: target_group text = null -- part of the target group's ARN
-- Needs: alb_log, alb_count
with loaded as (
  select time as t, target_group_arn, 1 as requests
  from alb_log
  where (cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
  and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
  union all
  select minute, target_group_arn, requests
  from alb_count
  where (cast($from as timestamp) is null or minute >= date_trunc('minute', cast($from as timestamp)))
    and (cast($to as timestamp) is null or minute < cast($to as timestamp))
), marked as (
  select t, requests, (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0) as of_group
  from loaded
)
select
  coalesce(sum(requests) filter (of_group), 0) as requests, coalesce(sum(requests), 0) as in_window,
  epoch_us(min(t) filter (of_group)) as first_time, epoch_us(max(t) filter (of_group)) as last_time
from marked
