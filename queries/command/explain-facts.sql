-- Title: Other facts about a life around a request
-- Why: restarts, warnings and lost readiness within two minutes explain much.
-- Param: life text = null -- life of the target
-- Param: routed text = null -- time of the routing
-- Param: failed text = null -- time of the failure
-- Needs: life_event
select event, container, reason, detail, earliest as fact_earliest, latest as fact_latest
from life_event
where life = $life
  and coalesce(latest, earliest) >= cast($routed as timestamp) - interval '120' second
  and coalesce(earliest, latest) <= cast($failed as timestamp) + interval '120' second
order by fact_latest, event, container
