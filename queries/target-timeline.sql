-- Title: The life of each target with failures
-- Group: what failed
-- Why: the chart of the report draws it: the life of its pod, its registration, and its failures.
-- Param: from timestamp = null -- failures from then on, by request_creation_time
-- Param: to timestamp = null -- failures before then
-- Needs: verdict, lives, target_life
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  v.target_group_arn, v.target_ip, v.target_port, v.pod_namespace, v.pod_name, v.target_kind, v.target_name, v.workload,
  v.node, count(*) as failures, min(v.time) as first_failure, max(v.time) as last_failure,
  min(p.created_earliest) as created_earliest, max(p.created_latest) as created_latest,
  min(v.ready_earliest) as ready_earliest, max(v.ready_latest) as ready_latest,
  min(v.deleted_earliest) as deleted_earliest, max(v.deleted_latest) as deleted_latest,
  min(v.exited_earliest) as exited_earliest, max(v.exited_latest) as exited_latest,
  min(t.registered_from) as registered_latest,
  min(v.deregistered_earliest) as deregistered_earliest, max(v.deregistered_latest) as deregistered_latest,
  min(t.drained_earliest) as drained_earliest, max(t.drained_latest) as drained_latest,
  max(v.pre_stop_seconds) as pre_stop_seconds,
  max(v.termination_grace_period_seconds) as termination_grace_period_seconds
from verdict v
left join lives p on p.life = v.life
left join target_life t
  on t.target_group_key = v.target_group_arn
  and t.target_ip = v.target_ip
  and t.target_port = v.target_port
  and t.begins <= v.request_creation_time
  and t.ends > v.request_creation_time
where v.target_ip is not null
  and (cast($from as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) < cast($to as timestamp(6)))
group by
  v.target_group_arn, v.target_ip, v.target_port, v.pod_namespace, v.pod_name, v.target_kind, v.target_name, v.workload,
  v.node, v.life
order by failures desc, v.target_ip, v.target_port, v.pod_name
