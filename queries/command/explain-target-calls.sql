-- Title: Calls that registered or deregistered a target around a request
-- Why: who took the target out is the first question after a failure. CloudTrail and the controller's log name the caller.
-- Param: group text = null -- target group of the request
-- Param: target_ip text = null -- address of the target
-- Param: target_port integer = null -- its port
-- Param: life text = null -- life of the target, which is the id of an instance
-- Param: routed text = null -- time of the routing
-- Param: failed text = null -- time of the failure
-- Needs: target_change, log_object
select distinct c.event, c.earliest as call_earliest, c.latest as call_latest, c.actor, o.kind as source
from target_change c left join log_object o on o.object_id = c.object_id
where (c.target_ip = cast($target_ip as varchar) or c.instance_id = cast($life as varchar))
  and (c.target_port is null or c.target_port = cast($target_port as integer))
  and (c.target_group_arn is null or c.target_group_arn = cast($group as varchar))
  and coalesce(c.latest, c.earliest) >= cast($routed as timestamp) - interval '15' minute
  and coalesce(c.earliest, c.latest) <= cast($failed as timestamp) + interval '15' minute
order by call_latest, call_earliest, c.event, c.actor, source
limit 20
