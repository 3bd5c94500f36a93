-- Title: Requests routed to a terminating pod, by second after its deletion
-- Group: which setting
-- Why: shows how long the balancer keeps choosing a pod that is going away. Answered requests count too: they show what a
--   preStop sleep of that many seconds saves; an error that a terminating pod answered with is a failure. Seconds count from
--   the latest that the deletion can have been.
-- Param: namespace text = null -- only pods of this namespace
-- Param: workload text = null -- only pods of this workload
-- Param: seconds integer = 300 -- how long after the deletion to look
-- Needs: routed
-- Athena: fetched
-- Cost: one scan of all rows, joined with the pods.
with late as (
  select
    life, mechanism, elb_status_code,
    cast(floor(seconds_between(deleted_latest, request_creation_time)) as bigint) as second
  from routed
  where deleted_latest <= request_creation_time
    and request_creation_time < deleted_latest + cast($seconds as integer) * interval '1' second
    and (cast($namespace as varchar) is null or pod_namespace = cast($namespace as varchar))
    and (cast($workload as varchar) is null or workload = cast($workload as varchar))
)
select
  second,
  count(*) as requests,
  sum(case when mechanism is null then 1 else 0 end) as answered, count(mechanism) as failed,
  count(distinct life) as pods
from late
group by second
order by second
