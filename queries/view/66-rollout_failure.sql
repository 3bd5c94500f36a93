-- Title: Each failure with the rollout it belongs to
-- Why: a failure by termination belongs to the rollout in which its pod was deleted; any other of the same Deployment's pods
--   (those that came, not ready yet) to the rollout in whose time it fell.
-- Needs: verdict, rollout_pod, pod_life
with judged as (
  select
    object_id, line, time, life, cause, mechanism, confidence, seconds_after_deletion,
    coalesce(cause, '') in ('draining_target', 'stale_target', 'killed_in_flight', 'drain_delay_elapsed')
      as is_by_termination
  from verdict
),
span as (
  select distinct rollout, coalesce(namespace, '') as namespace, deployment, started_at, ended_at from rollout_pod
),
home as (
  select life, coalesce(namespace, '') as namespace, deployment from pod_life
)
select
  coalesce(g.rollout, s.rollout) as rollout, j.object_id, j.line, j.time, j.life, j.mechanism, j.cause, j.confidence,
  j.seconds_after_deletion
from judged j
left join rollout_pod g on j.is_by_termination and g.life = j.life
left join home h on not j.is_by_termination and j.mechanism <> 'target_error' and h.life = j.life
left join span s
  on s.namespace = h.namespace and s.deployment = h.deployment and s.started_at <= j.time and s.ended_at >= j.time
where g.rollout is not null or s.rollout is not null
