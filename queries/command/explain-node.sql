-- Title: The story of the node or instance of a target around a request
-- Why: a cordon, a drain, a notice of a spot interruption or the loss of the node explains what its pods did.
-- Param: node text = null -- node of the target
-- Param: life text = null -- life of the target, which is the id of an instance
-- Param: routed text = null -- time of the routing
-- Param: failed text = null -- time of the failure
-- Needs: instance_fact
select
  coalesce(node, life) as machine, event, reason, detail, min(earliest) as fact_earliest, min(latest) as fact_latest
from instance_fact
where (node = cast($node as varchar) or life = cast($life as varchar))
  and event in ('ready', 'unready', 'going', 'deregistering', 'stopping', 'gone')
  and coalesce(latest, earliest) >= cast($routed as timestamp) - interval '15' minute
  and coalesce(earliest, latest) <= cast($failed as timestamp) + interval '15' minute
group by coalesce(node, life), event, reason, detail
order by coalesce(min(latest), min(earliest)), event, reason, detail
limit 20
