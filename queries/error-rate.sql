-- Title: Share of failed requests over time
-- Group: what failed
-- Why: shows whether users were affected, and when. Requests that a load with --keep failures only counted are in the total.
--   A failure here is one that the balancer made, or a 5xx of the application.
-- Param: minutes integer = 5 -- width of one row
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: request, alb_count
-- Cost: one scan of the rows of the window.
with counted as (
  select
    minute_of(time) as minute, count(*) as requests,
    sum(case when elb_status_code >= 500 then 1 else 0 end) as failures
  from request
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by minute_of(time)
  union all
  select minute, requests, 0
  from alb_count
  where (cast($from as timestamp(6)) is null or minute >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or minute < cast($to as timestamp(6)))
),
bucket as (
  select
    date_trunc('day', minute)
      + cast(
        floor((extract(hour from minute) * 60 + extract(minute from minute)) / cast($minutes as double))
          * cast($minutes as double) as integer
      ) * interval '1' minute as begins,
    requests, failures
  from counted
)
select
  begins, sum(requests) as requests, sum(failures) as failures,
  round(1e2 * sum(failures) / sum(requests), 3) as failed_percent
from bucket
group by begins
order by begins
