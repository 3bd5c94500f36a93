-- Title: The requests of a client, target, url, status or time, nearest first
-- Why: somebody who reports a failure knows these, and no trace id. A request is as near to a time as its nearest moment
--   between routing and answer. `within` narrows the scan.
-- Param: client_ip text = null -- address of the client
-- Param: client_port integer = null -- port of the client
-- Param: target_ip text = null -- address of the target
-- Param: target_port integer = null -- port of the target
-- Param: url text = null -- part of the url
-- Param: status integer = null -- status code that the client got
-- Param: at timestamp = null -- time near which it was; newest first without one
-- Param: within integer = null -- at most so many seconds from then
-- Param: limit integer = null -- at most this many rows
-- Needs: alb_log
with matched as (
  select
    object_id, line, time, request_creation_time, client_ip, client_port, target_ip, target_port, elb_status_code,
    request_line, trace_id,
    greatest(
      0, epoch_us(coalesce(request_creation_time, time)) - epoch_us(cast($at as timestamp)),
      epoch_us(cast($at as timestamp)) - epoch_us(time)
    ) as distance
  from alb_log
  where (cast($client_ip as varchar) is null or client_ip = cast($client_ip as varchar))
    and (cast($client_port as integer) is null or client_port = cast($client_port as integer))
    and (cast($target_ip as varchar) is null or target_ip = cast($target_ip as varchar))
    and (cast($target_port as integer) is null or target_port = cast($target_port as integer))
    and (cast($url as varchar) is null or contains(request_url, cast($url as varchar)))
    and (cast($status as integer) is null or elb_status_code = cast($status as integer))
    and (
      cast($within as bigint) is null
      or time >= cast($at as timestamp) - to_seconds(cast($within as bigint))
      and coalesce(request_creation_time, time) <= cast($at as timestamp) + to_seconds(cast($within as bigint))
    )
)
select *, count(*) over () as matches
from matched
order by case when cast($at as timestamp) is null then 0 else distance end, elb_status_code >= 500 desc, time desc, object_id, line
limit cast($limit as bigint)
