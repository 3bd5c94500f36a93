-- Title: Deregistrations and lost nodes of a window
-- Why: the report shows them above the failures, on the same axis of time.
-- Param: from timestamp = null -- from then on
-- Param: to timestamp = null -- before then
-- Needs: target_life, node_loss
with occurrence as (
  select
    'deregistered' as kind, target_ip || ':' || cast(target_port as varchar) as name,
    coalesce(deregistered_latest, deregistered_earliest) as happened_at
  from target_life
  where target_ip is not null
  union all
  select 'node_lost', node, coalesce(silent_from, stated_latest) from node_loss
)
select kind, name, happened_at
from occurrence
where happened_at >= cast($from as timestamp(6)) and happened_at < cast($to as timestamp(6))
order by happened_at, kind, name
