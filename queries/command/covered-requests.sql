-- Title: Number and times of the loaded requests of a window
-- Why: "no failure" proves nothing where no request is loaded.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Param: target_group text = null -- part of the target group's ARN
-- Param: lb text = null -- part of the load balancer's id
-- Needs: alb_log, alb_count
with loaded as (
  select time as t, elb, target_group_arn, 1 as requests
  from alb_log
  -- An answer follows its request, and rows are stored by its time.
  where (cast($from as timestamp) is null or time >= cast($from as timestamp) - interval '1' second)
    and (cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
    and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
  union all
  select minute, elb, target_group_arn, requests
  from alb_count
  where (cast($from as timestamp) is null or minute >= date_trunc('minute', cast($from as timestamp)))
    and (cast($to as timestamp) is null or minute < cast($to as timestamp))
), marked as (
  select
    t, requests,
    (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0)
    and (cast($lb as varchar) is null or strpos(elb, cast($lb as varchar)) > 0) as is_asked
  from loaded
)
select
  coalesce(sum(requests) filter (is_asked), 0) as requests, coalesce(sum(requests), 0) as in_window,
  epoch_us(min(t) filter (is_asked)) as first_time, epoch_us(max(t) filter (is_asked)) as last_time
from marked
