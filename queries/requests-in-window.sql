-- Title: All rows of a window
-- Group: what else is odd
-- Why: shows all other requests of that time, in order. One of the questions that AWS publishes for these logs in Athena is the
--   same for a day.
-- Param: from timestamp = null -- rows from then on
-- Param: to timestamp = null -- rows before then
-- Param: limit integer = 1000 -- at most this many rows
-- Needs: alb_log
-- Cost: one scan of the rows of the window.
with ranked as (
  -- Only the keys are put in order: the other columns of all rows are many times as large.
  select object_id, line, row_number() over (order by time, object_id, line) as position
  from alb_log
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  time, type, elb, client_ip, client_port, target_ip, target_port, request_processing_time, target_processing_time,
  response_processing_time, elb_status_code, target_status_code, received_bytes, sent_bytes, request_line, user_agent,
  target_group_arn, trace_id, domain_name, request_creation_time, actions_executed, error_reason, l.object_id, l.line
from alb_log l
join ranked r on r.object_id = l.object_id and r.line = l.line
where r.position <= coalesce(cast($limit as bigint), 9223372036854775807)
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
order by r.position
