-- Title: Each pod that stood behind a node port, and when
-- Why: a target that is a node hands the request on to a pod of the Service: to any of them (externalTrafficPolicy Cluster),
--   or to one on the same node (Local). Which one it was stands nowhere. A pod that ends still gets what comes over
--   connections that it had, until it is over.
-- Column: node_port -- port of the Service on every node
-- Column: node -- only requests to this node can reach the pod; NULL: those to any node
-- Column: serves_from -- when the pod could first be chosen; NULL is not known
-- Column: over_by -- when it had ended; NULL is not known
-- Column: going_earliest, going_latest -- when its deletion was asked for
-- Column: seen_until -- when it was last seen running
-- Needs: service_fact, lives
with port as (
  select namespace, service, node_port, min(traffic_policy) as traffic_policy
  from service_fact
  where event = 'port'
  group by namespace, service, node_port
),
endpoint as (
  select distinct namespace, service, pod_name from service_fact where event = 'endpoint'
)
select
  p.namespace, p.service, p.node_port, case when p.traffic_policy = 'Local' then l.node end as node, l.life,
  coalesce(l.ready_earliest, l.created_latest, l.seen_from) as serves_from, earlier(l.finished_latest, l.gone_latest) as over_by,
  l.deleted_earliest as going_earliest, l.deleted_latest as going_latest, l.seen_until
from port p
join endpoint e on e.namespace is not distinct from p.namespace and e.service = p.service
join lives l on l.target_kind = 'pod' and l.namespace is not distinct from e.namespace and l.name = e.pod_name
