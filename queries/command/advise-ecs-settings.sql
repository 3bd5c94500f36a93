-- Title: Settings of ECS services and task definitions, oldest first
-- Why: the last value of each key holds.
-- Needs: setting
select subject, key, value
from setting
where scope = 'workload' and (subject like 'EcsService/%' or subject like 'EcsTaskDefinition/%')
order by coalesce(latest, earliest), object_id, line
