-- Title: Clients that got failures
-- Group: who was affected
-- Why: is it one retrying client, or all clients? The share shows which.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 100 -- at most this many clients
-- Needs: request
-- Cost: one scan of the rows of the window.
with client as (
  select
    client_ip, count(*) as requests,
    sum(case when elb_status_code >= 500 then 1 else 0 end) as failures,
    min(case when elb_status_code >= 500 then time end) as first_failure,
    max(case when elb_status_code >= 500 then time end) as last_failure
  from request
  where client_ip is not null
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by client_ip
),
ranked as (
  select c.*, row_number() over (order by failures desc, requests, client_ip) as position
  from client c
  where failures > 0
)
select
  client_ip, requests, failures, round(1e2 * failures / requests, 3) as failed_percent, first_failure, last_failure
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
