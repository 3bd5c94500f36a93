-- Title: Failures per rollout
-- Group: is it the rollout
-- Why: what each deployment cost: how long it took, what it was asked, what failed and why, and its worst second. Deletions
--   of one Deployment's pods with no longer pause than ten minutes are one rollout; `kind` says whether a new ReplicaSet came.
--   `started_at` is the second of the first deletion: most sources say no more.
-- Param: from timestamp = null -- rollouts that began from then on
-- Param: to timestamp = null -- rollouts that began before then
-- Needs: rollout
-- Cost: one scan of all rows, and the verdicts of the failed ones.
select
  namespace, deployment, kind, from_workload, to_workload, date_trunc('second', started_at) as started_at,
  round(duration_seconds, 3) as duration_seconds, pods, requests, failures, draining_target, not_told,
  killed_in_flight, drain_delay_elapsed, not_ready_target, no_healthy_target,
  worst_second, worst_second_failures, rollout
from rollout
where (cast($from as timestamp(6)) is null or started_at >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or started_at < cast($to as timestamp(6)))
order by started_at desc, namespace, deployment
