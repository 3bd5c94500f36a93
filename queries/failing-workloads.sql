-- Title: Workloads with failed requests
-- Group: who was affected
-- Why: a nightly report must name a workload that fails for the first time. A workload without a name counts as its target group.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
with failed as (
  select
    case when workload is null then target_group_arn else coalesce(pod_namespace || '/', '') || workload end as workload,
    target_ip, time
  from verdict
  where is_failure(mechanism, cause, elb_status_code)
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  workload, count(*) as failures, count(distinct target_ip) as targets,
  min(time) as first_failure, max(time) as last_failure
from failed
where workload is not null
group by workload
order by failures desc, workload
