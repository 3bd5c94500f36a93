-- Title: One row per request that was routed to a terminating pod, answered or failed
-- Why: how long the balancer keeps choosing a pod that is going away, which is what a preStop sleep must outlast. Also the
--   requests that were cut off by a deletion, `is_late` false. The columns are those of `affected_request`.
-- Column: cause -- cause of a failure; NULL if the request was answered
-- Needs: affected_request
select
  namespace, deployment_kind, deployment, owner_name, life, deleted_at, target_group_arn, cause, told, is_late, is_failed,
  seconds, deregistered_seconds, seconds_after_deregistration, exited_seconds, elapsed, termination_grace_period_seconds,
  pre_stop_seconds, container
from affected_request
where is_late or is_cut
