-- Title: One row per rollout, with its failures
-- Why: the question after a deployment. `requests` counts the requests to the Deployment's pods between the first deletion
--   and the last exit, `worst_second` the second with most failures of the rollout.
-- Column: duration_seconds -- from started_at to ended_at
-- Column: pods -- number of deleted pods
-- Column: requests -- requests routed to pods of the Deployment meanwhile
-- Column: failures -- failed requests of the rollout
-- Column: draining_target, killed_in_flight, drain_delay_elapsed, not_ready_target, no_healthy_target -- failures of that cause
-- Column: not_told -- failures with draining_target before the deregistration
-- Column: worst_second -- the second with most failures
-- Column: worst_second_failures -- failures of that second
-- Needs: rollout_span, rollout_failure, routed
with request_second as (
  select
    coalesce(pod_namespace, '') as namespace_key, deployment, date_trunc('second', request_creation_time) as second,
    count(*) as requests
  from routed
  where life is not null and deployment is not null
  group by coalesce(pod_namespace, ''), deployment, date_trunc('second', request_creation_time)
),
span_moment as (
  select namespace_key, deployment, second as moment, requests, cast(null as varchar) as rollout, 'counted' as kind
  from request_second
  union all
  select
    coalesce(s.namespace, ''), s.deployment,
    case when k.kind = 'begin' then date_trunc('second', s.started_at) - interval '1' second else s.ended_at end, 0, s.rollout,
    k.kind
  from rollout_span s
  cross join (values ('begin'), ('end')) as k (kind)
  where s.started_at <= s.ended_at
),
-- A sum up to each moment: a join of each rollout with each second of its Deployment takes longer with every day of history.
summed_moment as (
  select rollout, kind, sum(requests) over (partition by namespace_key, deployment order by moment) as requests
  from span_moment
),
request_count as (
  select
    rollout, max(case when kind = 'end' then requests end) - max(case when kind = 'begin' then requests end) as requests
  from summed_moment
  where rollout is not null
  group by rollout
),
failed as (
  select rollout, cause, told, date_trunc('second', time) as second from rollout_failure
),
per_second as (
  select
    rollout, second, count(*) as failures,
    sum(case when cause = 'draining_target' then 1 else 0 end) as draining_target,
    sum(case when told = 'no' then 1 else 0 end) as not_told,
    sum(case when cause = 'killed_in_flight' then 1 else 0 end) as killed_in_flight,
    sum(case when cause = 'drain_delay_elapsed' then 1 else 0 end) as drain_delay_elapsed,
    sum(case when cause = 'not_ready_target' then 1 else 0 end) as not_ready_target,
    sum(case when cause = 'no_healthy_target' then 1 else 0 end) as no_healthy_target,
    row_number() over (partition by rollout order by count(*) desc, second) as position
  from failed
  group by rollout, second
),
cost as (
  select
    rollout, sum(failures) as failures, sum(draining_target) as draining_target, sum(not_told) as not_told,
    sum(killed_in_flight) as killed_in_flight, sum(drain_delay_elapsed) as drain_delay_elapsed,
    sum(not_ready_target) as not_ready_target, sum(no_healthy_target) as no_healthy_target,
    max(case when position = 1 then second end) as worst_second,
    max(case when position = 1 then failures end) as worst_second_failures
  from per_second
  group by rollout
)
select
  s.rollout, s.namespace, s.deployment, s.kind, s.from_workload, s.to_workload, s.started_at, s.ended_at,
  seconds_between(s.started_at, s.ended_at) as duration_seconds, s.pods, coalesce(q.requests, 0) as requests,
  coalesce(c.failures, 0) as failures, coalesce(c.draining_target, 0) as draining_target,
  coalesce(c.not_told, 0) as not_told, coalesce(c.killed_in_flight, 0) as killed_in_flight,
  coalesce(c.drain_delay_elapsed, 0) as drain_delay_elapsed, coalesce(c.not_ready_target, 0) as not_ready_target,
  coalesce(c.no_healthy_target, 0) as no_healthy_target,
  c.worst_second, c.worst_second_failures
from rollout_span s
left join request_count q on q.rollout = s.rollout
left join cost c on c.rollout = s.rollout
