-- Title: When each container of a pod finished, with the ports that it declares
-- Why: a pod's port is served by one of its containers. A sidecar that outlives it, or ends first, says nothing of the port.
-- Needs: life_time
with agreed as (
  select
    life, container, max(case when agrees then earliest end) as earliest, min(case when agrees then latest end) as latest,
    max(believed_earliest) as believed_earliest, max(believed_latest) as believed_latest,
    max(container_ports) as container_ports, max(other_ports) as other_ports
  from life_time
  where event = 'finished'
  group by life, container
)
select
  life, container, case when earliest > latest then believed_earliest else earliest end as finished_earliest,
  case when earliest > latest then believed_latest else latest end as finished_latest, container_ports, other_ports
from agreed
