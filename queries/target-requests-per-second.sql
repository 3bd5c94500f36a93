-- Title: Requests per second of each target with failures
-- Group: what failed
-- Why: shows how long the balancer kept choosing a target, and its load at its end.
-- Param: from timestamp = null -- requests from then on, by request_creation_time
-- Param: to timestamp = null -- requests before then
-- Needs: request, failure
-- Cost: one scan of all rows.
with failed as (
  select distinct target_group_arn, target_ip, target_port from failure where target_ip is not null
)
select
  r.target_group_arn, r.target_ip, r.target_port,
  second_of(r.request_creation_time) as second, count(*) as requests, count(r.mechanism) as failures
from request r
join failed f
  on f.target_ip = r.target_ip
  and f.target_port = r.target_port
  and f.target_group_arn is not distinct from r.target_group_arn
where (cast($from as timestamp(6)) is null or r.request_creation_time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or r.request_creation_time < cast($to as timestamp(6)))
group by r.target_group_arn, r.target_ip, r.target_port, second_of(r.request_creation_time)
order by r.target_group_arn, r.target_ip, r.target_port, second
