-- Title: Requests per target
-- Group: what else is odd
-- Why: shows whether the load is even. A target with many more requests than its neighbours is sticky or alone in its zone.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: request
-- Cost: one scan of the rows of the window.
with target as (
  select
    target_group_arn, target_ip, target_port, count(*) as requests, min(time) as first_request, max(time) as last_request
  from request
  where target_ip is not null
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by target_group_arn, target_ip, target_port
)
select
  target_group_arn, target_ip, target_port, requests,
  round(1e2 * requests / sum(requests) over (partition by target_group_arn), 3) as percent_of_group,
  first_request, last_request
from target
order by target_group_arn, requests desc, target_ip, target_port
