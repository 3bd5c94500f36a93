-- Title: Losses of nodes and instances, from evidence of nodes, of their pods and of EC2
-- Why: the control plane calls a silent node NotReady after 40 seconds by default, so the silence began up to a minute
--   before. It makes the pods of that node unready itself, which pods and Events show. `until` is when the node, or a pod
--   of it, was ready again. An instance that is not a node has its id here: checks of EC2 failed.
-- Needs: node_fact, life_fact
with of_pod as (
  select
    max(node) over (partition by life) as node, event, coalesce(earliest, latest) as earliest,
    coalesce(latest, earliest) as latest, reason
  from life_fact
  where target_kind = 'pod'
),
node_outage as (
  select node, coalesce(earliest, latest) as stated_earliest, latest as stated_latest, reason, coalesce(earliest, latest) as down_at
  from node_fact
  where event in ('unready', 'gone')
  union all
  -- Checks of EC2 pass for some time after the loss, and fail twice before a group acts on them.
  select instance_id, latest - status_check_notice() + node_notice(), latest, reason, latest
  from node_fact
  where event = 'unready' and node is null and instance_id is not null and latest is not null
  union all
  select node, earliest, latest, reason, earliest from of_pod where event in ('unready', 'warned') and reason = 'NodeNotReady'
),
node_recovery as (
  select coalesce(node, instance_id) as node, coalesce(earliest, latest) as ready_at from node_fact where event = 'ready'
  union all
  select node, earliest from of_pod where event = 'ready'
)
select
  d.node, d.stated_earliest - node_notice() as silent_from, d.stated_latest, max(d.reason) as reason,
  coalesce(min(u.ready_at), timestamp '9999-01-01 00:00:00') as until
from node_outage d
left join node_recovery u on u.node = d.node and u.ready_at > d.down_at
where d.node is not null
group by d.node, d.stated_earliest, d.stated_latest
