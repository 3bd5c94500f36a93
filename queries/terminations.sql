-- Title: Terminations of pods, with their failures
-- Group: is it the rollout
-- Why: shows which pods ended without failures. `last_routed_seconds` is how long after the deletion the balancer still
--   chose the pod; times are "at least", counted from the latest that the deletion can have been. An error that the pod
--   answered with while it ended is a failure.
-- Param: from timestamp = null -- deletions from then on
-- Param: to timestamp = null -- deletions before then
-- Needs: lives, routed
-- Athena: fetched
-- Cost: one scan of all rows, joined with the pods.
with late as (
  select
    life, count(*) as routed_late,
    count(mechanism) as failed_late,
    max(seconds_between(deleted_latest, request_creation_time)) as last_routed_seconds,
    min(deregistered_latest) as deregistered_at
  from routed
  where deleted_latest <= request_creation_time
    and request_creation_time < deleted_latest + interval '3600' second
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or request_creation_time < cast($to as timestamp(6)) + interval '3600' second)
  group by life
),
running as (
  select
    life, count(*) as in_flight,
    sum(case when elb_status_code >= 500 then 1 else 0 end) as failed_in_flight
  from routed
  where request_creation_time < deleted_latest and time >= deleted_latest
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or request_creation_time < cast($to as timestamp(6)))
  group by life
)
select
  p.namespace, p.workload, p.name as pod_name, p.ip, p.deleted_latest as deleted_at, l.deregistered_at,
  coalesce(p.finished_latest, p.gone_latest) as exited_at, p.pre_stop_seconds, p.termination_grace_period_seconds,
  coalesce(r.in_flight, 0) as in_flight, coalesce(r.failed_in_flight, 0) as failed_in_flight,
  coalesce(l.routed_late, 0) as routed_late, coalesce(l.failed_late, 0) as failed_late, l.last_routed_seconds
from lives p
left join late l on l.life = p.life
left join running r on r.life = p.life
where p.deleted_latest is not null
  and (cast($from as timestamp(6)) is null or p.deleted_latest >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or p.deleted_latest < cast($to as timestamp(6)))
order by p.deleted_latest desc, p.namespace, p.name, p.life
