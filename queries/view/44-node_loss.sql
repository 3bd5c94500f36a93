-- Title: When a node of the cluster was lost, as evidence of nodes says
-- Why: the control plane calls a silent node NotReady after 40 seconds by default, so the silence began up to a minute
--   before. `until` is when the node was ready again.
-- Needs: node_fact
with down as (
  select node, coalesce(earliest, latest) as told_earliest, latest as told_latest, reason
  from node_fact
  where event in ('unready', 'gone')
),
up as (
  select node, coalesce(earliest, latest) as ready_at from node_fact where event = 'ready'
)
select
  d.node, d.told_earliest - interval '60' second as silent_from, d.told_latest, max(d.reason) as reason,
  coalesce(min(u.ready_at), timestamp '9999-01-01 00:00:00') as until
from down d
left join up u on u.node = d.node and u.ready_at > d.told_earliest
group by d.node, d.told_earliest, d.told_latest
