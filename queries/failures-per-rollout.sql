-- Title: Failures per rollout
-- Group: is it the rollout
-- Why: the cost of each deployment: its duration, its requests, its failures by cause, and its worst second. Deletions
--   of one Deployment's pods with pauses of at most ten minutes are one rollout; `kind` shows whether it had a new ReplicaSet.
--   `started_at` is the second of the first deletion: most sources are not more exact.
-- Param: from timestamp = null -- rollouts that began from then on
-- Param: to timestamp = null -- rollouts that began before then
-- Needs: rollout
-- Athena: fetched
-- Cost: one scan of all rows, and the verdicts of the failed ones.
select
  namespace, deployment, kind, from_workload, to_workload, date_trunc('second', started_at) as started_at,
  round(duration_seconds, 3) as duration_seconds, pods, requests, failures, draining_target, not_told,
  killed_in_flight, drain_delay_elapsed, not_ready_target, no_healthy_target,
  worst_second, worst_second_failures, rollout
from rollout
where (cast($from as timestamp(6)) is null or started_at >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or started_at < cast($to as timestamp(6)))
order by started_at desc, namespace, deployment, rollout
