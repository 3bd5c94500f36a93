-- Title: Each rollout, with the share of its requests that failed
-- Why: `rollout` with the share of failed requests, to compare rollouts after a deployment. `failed_percent` is NULL
--   if its pods got no request meanwhile.
-- Column: failed_percent -- share of its requests that failed
-- Needs: rollout
select
  rollout, namespace, deployment, kind, from_workload, to_workload, started_at, ended_at, duration_seconds, pods, requests,
  failures, draining_target, not_told, killed_in_flight, drain_delay_elapsed, not_ready_target, no_healthy_target,
  worst_second, worst_second_failures, round(1e2 * failures / nullif(requests, 0), 3) as failed_percent from rollout
