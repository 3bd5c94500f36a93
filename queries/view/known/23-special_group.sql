-- Title: Target groups with a target control port, or with instances
-- Why: a group with a target control port answers 503 if no target requests work. A group of instances has the address of a
--   machine in the log, never that of a pod.
-- Column: is_optimized -- 1 where the group has a target control port
-- Column: has_instances -- 1 where its targets are instances: a listing or a call names one, or its target type says so
-- Needs: setting, target_state, target_change
with stated as (
  select subject as target_group_arn, 1 as is_optimized, 0 as has_instances
  from setting
  where scope = 'target_group' and key = 'target_control_port'
  union all
  select target_group_arn, 0, 1 from target_state where instance_id is not null and target_group_arn is not null
  union all
  select target_group_arn, 0, 1 from target_change where instance_id is not null and target_group_arn is not null
  union all
  select subject, 0, 1 from setting where scope = 'target_group' and key = 'TargetType' and value = 'instance'
  union all
  select g.value, 0, 1
  from setting b
  join setting g on g.subject = b.subject and g.scope = b.scope and g.key = 'targetGroupARN'
  where b.scope = 'target_group_binding' and b.key = 'targetType' and b.value = 'instance'
)
select target_group_arn, max(is_optimized) as is_optimized, max(has_instances) as has_instances
from stated
group by target_group_arn
