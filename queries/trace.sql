-- Title: Each failure with the pod that caused it
-- Group: why
-- Why: `draintrace trace` shows it: one row per failure that the balancer made, newest first. Errors that the
--   application gave itself and requests that were refused are left out unless they are asked for.
-- Param: from timestamp = null -- failures from then on, by request_creation_time
-- Param: to timestamp = null -- failures before then
-- Param: cause text = null -- comma list of causes
-- Param: mechanism text = null -- comma list of mechanisms
-- Param: target_group text = null -- part of the target group's ARN
-- Param: lb text = null -- part of the load balancer's id
-- Param: all boolean = false -- also the application's own errors and refused requests
-- Param: limit integer = null -- at most this many rows
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows; 100,000 failures against 50,000 pods take seconds.
with ranked as (
  select v.*, row_number() over (order by time desc, object_id desc, line desc) as position
  from verdict v
  where (cast($from as timestamp(6)) is null or coalesce(request_creation_time, time) >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or coalesce(request_creation_time, time) < cast($to as timestamp(6)))
    and (cast($cause as varchar) is null or contains_word(cast($cause as varchar), cause))
    and (cast($mechanism as varchar) is null or contains_word(cast($mechanism as varchar), mechanism))
    and (
      cast($target_group as varchar) is null
      or strpos(target_group_arn, cast($target_group as varchar)) > 0
    )
    and (cast($lb as varchar) is null or strpos(elb, cast($lb as varchar)) > 0)
    and (
      cast($all as boolean)
      or cast($mechanism as varchar) is not null
      or is_failure(mechanism, cause, elb_status_code)
    )
)
select
  trace_id, time, request_creation_time, elb, target_group_arn, target_ip, target_port, elb_status_code,
  target_status_code, request_line, mechanism, rule, cause, confidence, other_cause, told, pattern, target_kind, target_name,
  workload, version, pod_namespace, pod_name, node,
  target_was, seconds_after_deletion, seconds_after_deregistration, seconds_after_exit, failed_seconds_after_exit,
  deregistration_lateness_seconds, because, next_step, missing, evidence, object_id, line
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
