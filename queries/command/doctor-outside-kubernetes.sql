-- Title: Whether the evidence is of ECS or instances, and none of it of Kubernetes
-- Why: then nobody needs to be told of a cluster.
-- Needs: log_object
select
  coalesce(bool_or(kind like 'ecs_%' or kind like 'instance%'), false)
    and not coalesce(bool_or(kind similar to '(kubectl|kubernetes|endpointslices|nodes|karpenter|autoscaler|lb_controller|prometheus).*'), false)
    as is_outside
from log_object
