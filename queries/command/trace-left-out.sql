-- Title: Rows of a window that `trace` does not show, by mechanism
-- Why: they are no failures of the balancer; `trace --all` shows them.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Param: target_group text = null -- part of the target group's ARN
-- Param: lb text = null -- part of the load balancer's id
-- Needs: verdict
select mechanism, count(*) as failures
from verdict
where (cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
  and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
  and (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0)
  and (cast($lb as varchar) is null or strpos(elb, cast($lb as varchar)) > 0)
  and not is_failure(mechanism, cause, elb_status_code)
group by mechanism
order by failures desc, mechanism
