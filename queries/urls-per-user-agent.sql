-- Title: URLs per user agent
-- Group: who was affected
-- Why: shows the requests of one kind of client, and their results. One of the questions that AWS publishes for these logs in Athena.
-- Param: user_agent text = Safari -- part of the user agent, as logged
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: limit integer = 100 -- at most this many URLs
-- Needs: alb_log
-- Cost: one scan of the rows of the window.
with url as (
  select
    request_url, count(*) as requests, sum(case when elb_status_code >= 500 then 1 else 0 end) as server_errors
  from alb_log
  where strpos(user_agent, cast($user_agent as varchar)) > 0
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by request_url
),
ranked as (
  select u.*, row_number() over (order by requests desc, request_url) as position
  from url u
)
select request_url, requests, server_errors
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
