-- Title: The failures of a rollout, nearest to a time first
-- Why: a rollout that cost requests is explained by one of them. The other conditions are those of explain-near.
-- Param: rollout text = null -- as failures-per-rollout prints it
-- Param: client_ip text = null -- address of the client
-- Param: client_port integer = null -- port of the client
-- Param: target_ip text = null -- address of the target
-- Param: target_port integer = null -- port of the target
-- Param: url text = null -- part of the url
-- Param: status integer = null -- status code that the client got
-- Param: at timestamp = null -- time near which it was; newest first without one
-- Param: within integer = null -- at most so many seconds from then
-- Param: limit integer = null -- at most this many rows
-- Needs: alb_log, rollout_failure
with matched as (
  select
    l.object_id, l.line, l.time, request_creation_time, client_ip, client_port, target_ip, target_port, elb_status_code,
    request_line, trace_id,
    greatest(
      0, epoch_us(coalesce(request_creation_time, l.time)) - epoch_us(cast($at as timestamp)),
      epoch_us(cast($at as timestamp)) - epoch_us(l.time)
    ) as distance
  from rollout_failure f
  join alb_log l on l.object_id = f.object_id and l.line = f.line
  where f.rollout = cast($rollout as varchar)
    and (cast($client_ip as varchar) is null or client_ip = cast($client_ip as varchar))
    and (cast($client_port as integer) is null or client_port = cast($client_port as integer))
    and (cast($target_ip as varchar) is null or target_ip = cast($target_ip as varchar))
    and (cast($target_port as integer) is null or target_port = cast($target_port as integer))
    and (cast($url as varchar) is null or contains(request_url, cast($url as varchar)))
    and (cast($status as integer) is null or elb_status_code = cast($status as integer))
    and (
      cast($within as bigint) is null
      or l.time >= cast($at as timestamp) - to_seconds(cast($within as bigint))
      and coalesce(request_creation_time, l.time) <= cast($at as timestamp) + to_seconds(cast($within as bigint))
    )
)
select *, count(*) over () as matches
from matched
order by case when cast($at as timestamp) is null then 0 else distance end, elb_status_code >= 500 desc, time desc, object_id, line
limit cast($limit as bigint)
