-- Title: Each failure with the rollout that caused it
-- Why: a failure by termination belongs to the rollout in which its pod was deleted, and so does a 503 whose group lost its
--   last target to it; one of a pod that was not ready yet, to the rollout that brought that pod. What merely fell into its
--   time does not.
-- Needs: verdict, rollout_pod, rollout_arrival
with judged as (
  select
    object_id, line, time, coalesce(left_life, life) as life, cause, told, mechanism, confidence, seconds_after_deletion,
    cause = 'not_ready_target' as is_arrival
  from verdict
  where cause in (
    'draining_target', 'killed_in_flight', 'drain_delay_elapsed', 'not_ready_target', 'no_healthy_target'
  )
)
select
  r.rollout, j.object_id, j.line, j.time, j.life, j.mechanism, j.cause, j.told, j.confidence, j.seconds_after_deletion
from judged j
join (
  select life, rollout, false as is_arrival from rollout_pod
  union all
  select life, rollout, true from rollout_arrival
) r
  on r.life = j.life and r.is_arrival = j.is_arrival
