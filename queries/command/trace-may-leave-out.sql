-- Title: One row if the window may have rows that `trace` does not show
-- Why: it judges no failure, so it is cheap if there is no such row.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Param: target_group text = null -- part of the target group's ARN
-- Param: lb text = null -- part of the load balancer's id
-- Needs: failure
select 1 as found
from failure
-- An answer follows its request, and rows are stored by its time.
where (cast($from as timestamp) is null or time >= cast($from as timestamp) - interval '1' second)
  and (cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
  and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
  and (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0)
  and (cast($lb as varchar) is null or strpos(elb, cast($lb as varchar)) > 0)
  and (mechanism in ('target_error', 'client_closed') or elb_status_code < 500)
limit 1
