-- Title: Failures that remain if pods keep serving after their deletion
-- Group: which setting
-- Why: the price of each second of a preStop sleep: `failures_left` is how many of the requests routed to a terminating
--   pod would still have failed if it had served for `seconds` after its deletion. Exact for the rows that are loaded.
-- Param: workload text = null -- only pods of this workload
-- Param: longest integer = 120 -- most seconds to consider
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
with late as (
  select
    workload, cast(floor(seconds_after_deletion) as bigint) + 1 as second, life,
    row_number() over (partition by workload, life order by seconds_after_deletion desc) as position
  from verdict
  where cause = 'draining_target' and coalesce(confidence, '') <> 'likely'
    and seconds_after_deletion >= 0
    and (cast($workload as varchar) is null or workload = cast($workload as varchar))
),
-- A pod counts once, at the last second in which a request was routed to it; second 0 is there for each workload.
step as (
  select
    l.workload, case when k.kind = 'own' then l.second else 0 end as seconds,
    sum(case when k.kind = 'own' then 1 else 0 end) as failures,
    sum(case when k.kind = 'own' and l.life is not null and l.position = 1 then 1 else 0 end) as pods
  from late l
  cross join (values ('own'), ('none')) as k (kind)
  group by l.workload, case when k.kind = 'own' then l.second else 0 end
),
remaining as (
  select
    s.workload, s.seconds, coalesce(sum(s.failures) over later_step, 0) as failures_left,
    coalesce(sum(s.pods) over later_step, 0) as pods_left
  from step s
  window later_step as (
    partition by s.workload order by s.seconds desc rows between unbounded preceding and 1 preceding
  )
)
select workload, seconds, failures_left, pods_left
from remaining
where seconds <= cast($longest as bigint) or seconds = 0
order by workload, seconds
