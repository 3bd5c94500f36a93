-- Title: Failures that remain if pods keep serving after their deletion
-- Group: which setting
-- Why: the price of each second of a preStop sleep: `failures_left` is how many of the requests routed to a terminating
--   pod would still have failed if it had served for `seconds` after its deletion. Exact for the rows that are loaded.
-- Param: workload text = null -- only pods of this workload
-- Param: longest integer = 120 -- most seconds to consider
-- Needs: verdict
-- Cost: one scan of the failed rows, and their verdicts.
with late as (
  select workload, cast(floor(seconds_after_deletion) as bigint) + 1 as second, life
  from verdict
  where cause in ('draining_target', 'stale_target')
    and seconds_after_deletion >= 0
    and (cast($workload as varchar) is null or workload = cast($workload as varchar))
),
step as (
  select distinct workload, 0 as seconds from late
  union
  select distinct workload, second from late where second <= cast($longest as bigint)
)
select
  s.workload, s.seconds,
  sum(case when l.second > s.seconds then 1 else 0 end) as failures_left,
  count(distinct case when l.second > s.seconds then l.life end) as pods_left
from step s
join late l on l.workload is not distinct from s.workload
group by s.workload, s.seconds
order by s.workload, s.seconds
