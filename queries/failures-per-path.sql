-- Title: Failures per path
-- Group: what failed
-- Why: is it one endpoint, or all of them? Ids in paths are folded, so that /orders/1 and /orders/2 are one row.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 50 -- at most this many paths
-- Needs: requests
-- Cost: one scan of the rows of the window, and a pattern per row.
with path as (
  select
    host, request_method, path_template, count(*) as requests,
    sum(case when elb_status_code >= 500 then 1 else 0 end) as failures,
    max(total_time) as longest_seconds
  from requests
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by host, request_method, path_template
),
ranked as (
  select p.*, row_number() over (order by failures desc, requests desc, host, path_template, request_method) as position
  from path p
  where failures > 0
)
select
  host, request_method, path_template, requests, failures, round(1e2 * failures / requests, 3) as failed_percent,
  longest_seconds
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
