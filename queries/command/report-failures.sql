-- Title: Failures of a window with the rollout of each
-- Why: the report counts and draws them all, so it reads only short texts, in no order. report-failure-details has the rest of
--   those that it lists.
-- Param: from timestamp = null -- failures from then on, by request_creation_time
-- Param: to timestamp = null -- failures before then
-- Needs: verdict, rollout_failure
select
  v.object_id, v.line, epoch_ms(v.request_creation_time) as routed_ms, epoch_ms(v.time) as failed_ms,
  v.target_group_arn, v.target_ip, v.target_port, v.elb_status_code, v.request_line,
  v.mechanism, v.cause, v.confidence, v.other_cause, v.pattern, v.target_kind, v.target_name, v.workload, v.pod_namespace,
  v.pod_name, v.node, v.seconds_after_deletion, f.rollout
from verdict v
left join (
  select object_id, line, min(rollout) as rollout from rollout_failure group by object_id, line
) f on f.object_id = v.object_id and f.line = v.line
where is_failure(v.mechanism, v.cause, v.elb_status_code)
  and (cast($from as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) < cast($to as timestamp(6)))
