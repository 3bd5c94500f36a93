-- Title: One row per rollout: what went, what came, and when
-- Why: the pods of a rollout, put together. What it cost is in `rollout`.
-- Needs: rollout_pod
select
  rollout, namespace, deployment, kind, from_workload, to_workload, started_at, ended_at, max(pods) as pods
from rollout_pod
group by rollout, namespace, deployment, kind, from_workload, to_workload, started_at, ended_at
