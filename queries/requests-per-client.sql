-- Title: Requests per client
-- Group: who was affected
-- Why: shows the busiest clients. One of the questions that AWS publishes for these logs in Athena.
-- Param: method text = GET -- only this method; null is any
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 100 -- at most this many rows
-- Needs: request
-- Cost: one scan of the rows of the window.
with client as (
  select client_ip, request_method, count(*) as requests
  from request
  where (cast($method as varchar) is null or request_method = cast($method as varchar))
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by client_ip, request_method
),
ranked as (
  select c.*, row_number() over (order by requests desc, client_ip, request_method) as position
  from client c
)
select client_ip, request_method, requests
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
