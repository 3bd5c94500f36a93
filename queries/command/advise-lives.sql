-- Title: How well the ends of lives are dated
-- Why: `advise` needs ends that are known to two seconds.
-- Needs: lives
select
  mode(target_kind) as target_kind, count(*) as pods, count(deleted_latest) as deleted,
  count(*) filter (where seconds_between(deleted_earliest, deleted_latest) <= 2) as dated
from lives
