-- Title: Each failure with the rollout it belongs to
-- Why: a failure by termination belongs to the rollout in which its pod was deleted; any other of the same Deployment's pods
--   (those that came, not ready yet) to the rollout in whose time it fell.
-- Needs: verdict, rollout_pod, pod_life
with gone as (
  select * from rollout_pod
),
judged as (
  select object_id, line, time, life, cause, mechanism, confidence, seconds_after_deletion from verdict
),
span as (
  select distinct rollout, coalesce(namespace, '') as namespace, deployment, started_at, ended_at from gone
),
home as (
  select life, coalesce(namespace, '') as namespace, deployment from pod_life
)
select g.rollout, j.object_id, j.line, j.time, j.life, j.mechanism, j.cause, j.confidence, j.seconds_after_deletion
from judged j
join gone g on g.life = j.life
where j.cause in ('draining_target', 'stale_target', 'killed_in_flight', 'drain_delay_elapsed')
union all
select s.rollout, j.object_id, j.line, j.time, j.life, j.mechanism, j.cause, j.confidence, j.seconds_after_deletion
from judged j
join home h on h.life = j.life
join span s
  on s.namespace = h.namespace and s.deployment = h.deployment and s.started_at <= j.time and s.ended_at >= j.time
where j.mechanism <> 'target_error'
  and coalesce(j.cause, '') not in ('draining_target', 'stale_target', 'killed_in_flight', 'drain_delay_elapsed')
