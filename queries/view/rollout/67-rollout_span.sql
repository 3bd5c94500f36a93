-- Title: One row per rollout: its old and new workload, and its times
-- Why: combines the pods of a rollout. `rollout` has its failures.
-- Needs: rollout_pod
select
  rollout, namespace, deployment, kind, from_workload, to_workload, started_at, ended_at, max(pods) as pods
from rollout_pod
group by rollout, namespace, deployment, kind, from_workload, to_workload, started_at, ended_at
