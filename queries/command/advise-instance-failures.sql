-- Title: Failures at machines that went away, by group
-- Why: the advice for machines is per target group.
-- Param: workload text = null -- name of the group of machines
-- Param: namespace text = null -- machines have none: any namespace leaves all out
-- Needs: verdict
select
  target_kind, workload, target_group_arn, count(*) as failures, count(distinct target_name) as machines,
  max(seconds_after_deletion) as last_routed_seconds, max(deregistration_delay_seconds) as deregistration_delay_seconds,
  string_agg(distinct deleted_reason, ', ' order by deleted_reason) as reasons
from verdict
where target_kind in ('instance', 'node_port')
  and cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed', 'node_lost')
  and ($workload is null or workload = $workload)
  and $namespace is null
group by target_kind, workload, target_group_arn
order by failures desc, target_group_arn, workload
