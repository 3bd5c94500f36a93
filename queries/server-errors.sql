-- Title: Rows that the balancer answered with 5xx
-- Group: what failed
-- Why: the raw rows, newest first, to see the log itself. One of the questions that AWS publishes for
--   these logs in Athena.
-- Param: from timestamp = null -- rows from then on
-- Param: to timestamp = null -- rows before then
-- Param: limit integer = 100 -- at most this many rows
-- Needs: request
-- Cost: one scan of the rows of the window.
with ranked as (
  select r.*, row_number() over (order by time desc, object_id desc, line desc) as position
  from request r
  where elb_status_code >= 500
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  time, elb, client_ip, target_ip, target_port, request_processing_time, target_processing_time,
  response_processing_time, elb_status_code, target_status_code, request_line, target_group_arn, trace_id, mechanism,
  object_id, line
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
