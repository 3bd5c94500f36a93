-- Title: Pods behind each node port, with the times when they were down
-- Why: a target that is a node hands the request on to a pod of the Service: to any of them (externalTrafficPolicy Cluster),
--   or to one on the same node (Local). No source shows which one. A pod that ends still gets requests over open
--   connections, until its end. A container that died refuses connections until the pod is ready again; a pod on a
--   lost node is chosen until the cluster calls the node NotReady.
-- Column: kind -- pod: its life; restart: a container of it was down; loss: its node was lost
-- Column: node_port -- port of the Service on every node
-- Column: node -- only requests to this node can reach the pod; NULL: those to any node, of the one cluster there is
-- Column: serves_from -- when the pod could surely be chosen; NULL is not known
-- Column: over_by -- latest time of its end; NULL is not known
-- Column: going_earliest, going_latest -- when its deletion was requested; when it went down
-- Column: seen_until -- when it was last seen running
-- Needs: service_fact, node_fact, log_object, lives, container_restart, node_loss
with port as (
  select
    namespace, service, node_port, min(traffic_policy) as traffic_policy,
    -- A node port is one Service's in a cluster: where two have it there are two clusters.
    count(*) over (partition by node_port) > 1 as is_contested
  from service_fact
  where event = 'port'
  group by namespace, service, node_port
),
endpoint as (
  select distinct namespace, service, pod_name, node from service_fact where event = 'endpoint'
),
-- Nodes that one listing or watch shows are of one cluster; lists of instances know nothing of clusters.
listed as (
  select distinct f.object_id, f.node
  from node_fact f
  join log_object o on o.object_id = f.object_id and o.kind not like '%instance%'
  where f.node is not null
),
member as (
  select distinct p.namespace, p.service, p.node_port, coalesce(n.node, e.node) as node
  from port p
  join endpoint e on e.namespace is not distinct from p.namespace and e.service = p.service
  left join listed a on a.node = e.node
  left join listed n on n.object_id = a.object_id
  where p.is_contested and p.traffic_policy = 'Cluster' and e.node is not null
),
behind as (
  select
    p.namespace, p.service, p.node_port, case when p.traffic_policy = 'Local' then l.node else m.node end as node, l.life,
    l.node as own_node, coalesce(l.ready_latest, l.created_latest, l.seen_from) as serves_from,
    earlier(l.finished_latest, l.gone_latest) as over_by, l.deleted_earliest, l.deleted_latest, l.seen_until
  from port p
  join (select distinct namespace, service, pod_name from endpoint) e
    on e.namespace is not distinct from p.namespace and e.service = p.service
  join lives l on l.target_kind = 'pod' and l.namespace is not distinct from e.namespace and l.name = e.pod_name
  left join member m on m.namespace is not distinct from p.namespace and m.service = p.service and m.node_port = p.node_port
),
outage as (
  select life, cast(null as varchar) as node, 'restart' as kind, earliest, latest, ready_again as until from container_restart
  union all
  select null, node, 'loss', silent_from, stated_latest, until from node_loss
)
select
  namespace, service, node_port, node, life, 'pod' as kind, serves_from, over_by, deleted_earliest as going_earliest,
  deleted_latest as going_latest, seen_until
from behind
union all
select
  b.namespace, b.service, b.node_port, b.node, b.life, d.kind, b.serves_from, d.until, d.earliest, d.latest, b.seen_until
from behind b
join outage d
  on d.life = b.life
  -- Of a node that was drained first the pods were gone, or going.
  or d.node = b.own_node and coalesce(b.deleted_latest > d.latest, true)
