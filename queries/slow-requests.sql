-- Title: The slowest requests
-- Group: what else is odd
-- Why: shows where the time went: reading the request, the target, or sending the answer.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 50 -- at most this many requests
-- Needs: routed
-- Cost: one scan of the rows of the window, joined with the pods.
with ranked as (
  select r.*, row_number() over (order by elapsed desc, time, object_id, line) as position
  from routed r
  where elapsed is not null
    and type not in ('ws', 'wss')
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  time, elapsed, request_processing_time, target_processing_time, response_processing_time, elb_status_code,
  target_ip, target_port, pod_name, request_line, trace_id
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
