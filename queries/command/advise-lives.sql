-- Title: How well the ends of lives are dated
-- Why: `advise` needs ends that are known to two seconds. Of pods and tasks, where there are such, and not of the machines below them.
-- Needs: lives
select
  max(target_kind) as target_kind, count(*) as pods, count(deleted_latest) as deleted,
  count(*) filter (where seconds_between(deleted_earliest, deleted_latest) <= 2) as dated
from lives
where target_kind = (
  select target_kind
  from lives
  group by target_kind
  order by case when target_kind = 'instance' then 1 else 0 end, count(*) desc, target_kind
  limit 1
)
