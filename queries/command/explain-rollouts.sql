-- Title: Names of the rollouts, newest first
-- Why: a name that is not known gets the nearest one.
-- Needs: rollout_pod
select distinct rollout, started_at from rollout_pod order by started_at desc, rollout limit 1000
