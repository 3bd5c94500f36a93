-- Title: Bytes per client
-- Group: who was affected
-- Why: shows the clients with the most bytes in a window. One of the questions that AWS publishes for these logs in Athena.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 100 -- at most this many clients
-- Needs: request
-- Cost: one scan of the rows of the window.
with client as (
  select client_ip, count(*) as requests, sum(received_bytes) as received_bytes, sum(sent_bytes) as sent_bytes
  from request
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by client_ip
),
ranked as (
  select c.*, row_number() over (order by received_bytes desc nulls last, client_ip) as position
  from client c
)
select client_ip, requests, received_bytes, sent_bytes
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
