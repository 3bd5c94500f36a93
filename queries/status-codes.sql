-- Title: Answers by status code, and who gave them
-- Group: what failed
-- Why: a 502 of the application and a 502 of the balancer have nothing in common but the number.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: request
-- Cost: one scan of the rows of the window.
select
  elb_status_code, target_status_code,
  case
    when elb_status_code is null then 'nobody'
    when elb_status_code = target_status_code then 'target'
    else 'balancer'
  end as answered_by,
  mechanism, count(*) as requests, min(time) as first_time, max(time) as last_time
from request
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by elb_status_code, target_status_code, mechanism
order by elb_status_code, target_status_code, mechanism
