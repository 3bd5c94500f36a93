-- Title: Times without any row
-- Group: is the data complete
-- Why: AWS delivers logs on a best-effort basis; a long silence of a busy balancer is a missing object.
-- Param: minutes integer = 10 -- only silences of at least this many minutes
-- Needs: alb_log, alb_count
-- Cost: one scan of all rows.
with minute as (
  select distinct elb, minute_of(time) as minute from alb_log where time is not null
  union
  select distinct elb, minute from alb_count
),
paired as (
  select elb, minute as last_before, lead(minute) over (partition by elb order by minute) as first_after
  from minute
)
select elb, last_before, first_after, round(seconds_between(last_before, first_after) / 60 - 1, 0) as silent_minutes
from paired
where seconds_between(last_before, first_after) >= (cast($minutes as double) + 1) * 60
order by silent_minutes desc, elb, last_before
