-- Title: The end of each container of a pod, with its declared ports
-- Why: one container serves the pod's port. The end of a sidecar, before or after it, does not matter for the port.
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
