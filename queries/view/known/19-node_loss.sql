-- Title: When a node of the cluster was lost, as evidence of nodes says
-- Why: the control plane calls a silent node NotReady after 40 seconds by default, so the silence began up to a minute
--   before. `until` is when the node was ready again.
-- Needs: node_fact
with down as (
  select node, coalesce(earliest, latest) as stated_earliest, latest as stated_latest, reason
  from node_fact
  where event in ('unready', 'gone')
),
up as (
  select node, coalesce(earliest, latest) as ready_at from node_fact where event = 'ready'
)
select
  d.node, d.stated_earliest - node_notice() as silent_from, d.stated_latest, max(d.reason) as reason,
  coalesce(min(u.ready_at), timestamp '9999-01-01 00:00:00') as until
from down d
left join up u on u.node = d.node and u.ready_at > d.stated_earliest
group by d.node, d.stated_earliest, d.stated_latest
