-- Title: One row per day
-- Group: what failed
-- Why: a night is compared with the nights before: number of requests, failures, the share that is not settled, and
--   how long the balancer continued to choose targets that were going away. Requests that were only counted are included.
-- Param: from timestamp = null -- days from that of then on
-- Param: to timestamp = null -- requests before then
-- Needs: request, alb_count, affected_request
-- Athena: fetched
-- Cost: one scan of all rows, and the verdicts.
with counted as (
  select day_of(time) as day, count(*) as requests
  from request
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by day_of(time)
  union all
  select day_of(minute) as day, sum(requests) as requests
  from alb_count
  where (cast($from as timestamp(6)) is null or minute >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or minute < cast($to as timestamp(6)))
  group by day_of(minute)
),
day_requests as (
  select day, sum(requests) as requests from counted group by day
),
-- A failed request belongs to the day of its failure, a late one to the day of its pod's deletion; some are both.
affected as (
  select
    k.kind, case when k.kind = 'failed' then day_of(a.time) else day_of(a.deleted_at) end as day,
    case when k.kind = 'late' then a.seconds end as seconds, a.cause, a.told, a.confidence
  from affected_request a
  cross join (values ('failed'), ('late')) as k (kind)
  where k.kind = 'late' and a.is_late
    or k.kind = 'failed' and a.is_failed and is_failure(a.mechanism, a.cause, a.elb_status_code)
      and (cast($from as timestamp(6)) is null or a.time >= cast($from as timestamp(6)))
      and (cast($to as timestamp(6)) is null or a.time < cast($to as timestamp(6)))
),
ranked as (
  select
    a.*, row_number() over (partition by kind, day order by seconds) as number,
    count(*) over (partition by kind, day) as requests
  from affected a
),
gathered as (
  select
    day,
    sum(case when kind = 'failed' then 1 else 0 end) as failures,
    sum(case when kind = 'failed' and cause = 'draining_target' then 1 else 0 end) as draining_target,
    sum(case when kind = 'failed' and cause = 'draining_target' and told = 'no' then 1 else 0 end) as not_told,
    sum(case when kind = 'failed' and cause = 'deregistered_alive' then 1 else 0 end) as deregistered_alive,
    sum(case when kind = 'failed' and cause = 'killed_in_flight' then 1 else 0 end) as killed_in_flight,
    sum(case when kind = 'failed' and cause = 'drain_delay_elapsed' then 1 else 0 end) as drain_delay_elapsed,
    sum(case when kind = 'failed' and cause = 'container_restart' then 1 else 0 end) as container_restart,
    sum(case when kind = 'failed' and cause = 'not_ready_target' then 1 else 0 end) as not_ready_target,
    sum(case when kind = 'failed' and cause = 'node_lost' then 1 else 0 end) as node_lost,
    sum(case when kind = 'failed' and cause = 'no_healthy_target' then 1 else 0 end) as no_healthy_target,
    sum(case when kind = 'failed' and cause = 'healthy_target' then 1 else 0 end) as healthy_target,
    sum(
      case
        when kind = 'failed' and (cause = 'no_evidence' or confidence in ('ambiguous', 'likely')) then 1
        else 0
      end
    ) as unsettled,
    sum(case when kind = 'late' then 1 else 0 end) as late_requests,
    min(case when kind = 'late' and number >= 0.99e0 * requests then seconds end) as late_p99_seconds,
    max(seconds) as late_max_seconds
  from ranked
  group by day
)
select
  a.day, a.requests, coalesce(f.failures, 0) as failures, coalesce(f.unsettled, 0) as unsettled,
  coalesce(f.draining_target, 0) as draining_target, coalesce(f.not_told, 0) as not_told,
  coalesce(f.deregistered_alive, 0) as deregistered_alive,
  coalesce(f.killed_in_flight, 0) as killed_in_flight, coalesce(f.drain_delay_elapsed, 0) as drain_delay_elapsed,
  coalesce(f.container_restart, 0) as container_restart, coalesce(f.not_ready_target, 0) as not_ready_target,
  coalesce(f.node_lost, 0) as node_lost, coalesce(f.no_healthy_target, 0) as no_healthy_target,
  coalesce(f.healthy_target, 0) as healthy_target,
  coalesce(f.late_requests, 0) as late_requests,
  round(f.late_p99_seconds, 3) as late_p99_seconds, round(f.late_max_seconds, 3) as late_max_seconds
from day_requests a
left join gathered f on f.day = a.day
order by a.day
