-- Title: Connections that a healthy target closed at once, and the idle timeout that this shows
-- Group: what else is odd
-- Why: an application whose idle timeout is shorter than the balancer's closes a connection in the moment in which the
--   balancer reuses it. `idle_seconds` is the gap between the race and the last request of the same balancer node to that
--   target: over many races its lower edge is the application's own timeout. NULL where fewer than ten races have one, or
--   where the gaps do not agree: then something else closes the connections.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: keep_alive_race
-- Cost: one scan of the failed rows, and their verdicts; one of all rows of their targets.
with race as (
  select
    target_group_arn, workload, target_ip, time, idle_seconds,
    row_number() over (partition by target_group_arn, workload order by idle_seconds) as number,
    count(idle_seconds) over (partition by target_group_arn, workload) as gaps
  from keep_alive_race
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
edge as (
  select
    target_group_arn, workload, count(*) as failures, count(distinct target_ip) as targets, max(gaps) as races_with_gap,
    min(case when number > 0.05e0 * gaps then idle_seconds end) as lower_edge,
    max(case when number <= 0.5e0 * gaps then idle_seconds end) as median_gap,
    min(time) as first_failure, max(time) as last_failure
  from race
  group by target_group_arn, workload
)
select
  target_group_arn, workload, failures, targets, races_with_gap,
  case when races_with_gap >= least_races() and median_gap <= lower_edge * 1.2e0 + 1 then round(lower_edge, 1) end
    as idle_timeout_seconds,
  round(lower_edge, 3) as shortest_idle_seconds, round(median_gap, 3) as median_idle_seconds, first_failure, last_failure
from edge
order by failures desc, target_group_arn, workload
