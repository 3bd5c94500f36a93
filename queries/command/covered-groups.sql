-- Title: The busiest target groups
-- Why: a name is easily misspelt, so the message lists the loaded target groups.
-- Needs: alb_log, alb_count
select target_group_arn as arn
from (
  select target_group_arn, 1 as requests from alb_log
  union all
  select target_group_arn, requests from alb_count
) counted
where target_group_arn is not null
group by 1
order by sum(requests) desc, 1
limit 6
