-- Title: Connections that a healthy target closed at once, and the idle timeout that this shows
-- Group: what else is odd
-- Why: an application whose idle timeout is shorter than the balancer's closes a connection in the moment in which the
--   balancer reuses it. `idle_seconds` is the gap between the race and the last request of the same balancer node to that
--   target: the lower edge of the gaps of many races is the application's own timeout. It is NULL where fewer than five
--   races have a gap, where the gaps do not agree, or where they are too short for anything to have been idle: then
--   something else closes the connections. `balancer_idle_seconds` is the balancer's own timeout where it was read.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: keep_alive_race, setting
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts; one of all rows of their targets.
with race as (
  select
    target_group_arn, elb, workload, target_ip, time, idle_seconds,
    row_number() over (partition by target_group_arn, workload order by idle_seconds) as number,
    count(idle_seconds) over (partition by target_group_arn, workload) as gaps
  from keep_alive_race
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
edged as (
  select
    r.*,
    min(case when number > 0.1e0 * gaps then idle_seconds end) over (partition by target_group_arn, workload) as lower_edge
  from race r
),
counted as (
  select
    target_group_arn, workload, max(elb) as elb, count(*) as failures, count(distinct target_ip) as targets,
    max(gaps) as races_with_gap, max(lower_edge) as lower_edge,
    sum(case when idle_seconds >= lower_edge and idle_seconds <= lower_edge * 1.1e0 + 0.5e0 then 1 else 0 end)
      as agreeing_races,
    max(case when number <= 0.5e0 * gaps then idle_seconds end) as median_gap,
    min(time) as first_failure, max(time) as last_failure
  from edged
  group by target_group_arn, workload
),
idle_timeout_setting as (
  select
    subject, cast(nullif(regexp_extract(value, '^([0-9]{1,6})$', 1), '') as double) as seconds,
    row_number() over (partition by subject order by coalesce(latest, earliest) desc nulls last, value) as position
  from setting
  where scope = 'load_balancer' and key = 'idle_timeout.timeout_seconds'
)
select
  c.target_group_arn, c.workload, c.failures, c.targets, c.races_with_gap, c.agreeing_races,
  case
    when c.agreeing_races >= least_races() and c.agreeing_races >= agreeing_share() * c.races_with_gap
      and c.lower_edge >= least_idle_seconds() - 0.1e0 then round(c.lower_edge, 1)
  end as idle_timeout_seconds,
  s.seconds as balancer_idle_seconds, round(c.lower_edge, 3) as shortest_idle_seconds,
  round(c.median_gap, 3) as median_idle_seconds, c.first_failure, c.last_failure
from counted c
left join idle_timeout_setting s on s.position = 1 and (s.subject = c.elb or s.subject like '%:loadbalancer/' || c.elb)
order by c.failures desc, c.target_group_arn, c.workload
