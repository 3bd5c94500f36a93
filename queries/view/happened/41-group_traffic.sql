-- Title: Targets, zones and balancer nodes that answered in each span with failures of a group
-- Why: failures of one target, one zone or one node of the balancer form a pattern only if others did answer.
-- Column: asked_targets -- targets that were chosen
-- Column: targets -- those that answered
-- Column: first_target, last_target -- of those that answered
-- Needs: failure, alb_log, target_life
with failed_span as (
  select distinct target_group_arn, span_of(request_creation_time) as span
  from failure
  where target_group_arn is not null and request_creation_time is not null and target_ip is not null
),
zone as (
  select target_ip as ip, max(zone) as zone from target_life where zone is not null group by target_ip
),
target as (
  select
    a.target_group_arn, a.span, l.target_ip || ':' || cast(l.target_port as varchar) as target,
    count(l.target_status_code) as answers, max(z.zone) as zone,
    min(case when l.target_status_code is not null then l.ip_address end) as first_node,
    max(case when l.target_status_code is not null then l.ip_address end) as last_node
  from failed_span a
  join alb_log l
    on l.target_group_arn = a.target_group_arn and span_of(l.request_creation_time) = a.span
  left join zone z on z.ip = l.target_ip
  where l.target_ip is not null
  group by a.target_group_arn, a.span, l.target_ip || ':' || cast(l.target_port as varchar)
)
select
  target_group_arn, span, count(*) as asked_targets, sum(case when answers > 0 then 1 else 0 end) as targets,
  min(case when answers > 0 then target end) as first_target, max(case when answers > 0 then target end) as last_target,
  min(first_node) as first_node, max(last_node) as last_node,
  min(case when answers > 0 then zone end) as first_zone, max(case when answers > 0 then zone end) as last_zone
from target
group by target_group_arn, span
