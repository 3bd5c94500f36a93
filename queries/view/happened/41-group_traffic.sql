-- Title: Which targets, zones and balancer nodes answered in each span in which a group had failures
-- Why: failures of one target, one zone or one node of the balancer mean something where others did answer.
-- Needs: failure, alb_log, target_life
with asked as (
  select distinct target_group_arn, span_of(request_creation_time) as span
  from failure
  where target_group_arn is not null and request_creation_time is not null and target_ip is not null
),
zone as (
  select target_ip as ip, max(zone) as zone from target_life where zone is not null group by target_ip
)
select
  a.target_group_arn, a.span, count(distinct l.target_ip) as targets,
  min(l.ip_address) as first_node, max(l.ip_address) as last_node, min(z.zone) as first_zone, max(z.zone) as last_zone
from asked a
join alb_log l
  on l.target_group_arn = a.target_group_arn and span_of(l.request_creation_time) = a.span
left join zone z on z.ip = l.target_ip
where l.target_status_code is not null
group by a.target_group_arn, a.span
