-- Title: The loaded target groups and load balancers, busiest first
-- Why: a name is easily misspelt, so the message lists the loaded ones and the nearest.
-- Needs: alb_log, alb_count
with counted as (
  select elb, target_group_arn, count(*) as requests from alb_log group by elb, target_group_arn
  union all
  select elb, target_group_arn, sum(requests) from alb_count group by elb, target_group_arn
), named as (
  select 'group' as kind, target_group_arn as name, requests from counted
  union all
  select 'balancer', elb, requests from counted
)
select kind, name
from named
where name is not null
group by kind, name
order by sum(requests) desc, kind, name
limit 1000
