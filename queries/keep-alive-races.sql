-- Title: Connections that a healthy target closed at once
-- Group: what else is odd
-- Why: an application whose idle timeout is shorter than the balancer's closes a connection in the moment in which the
--   balancer reuses it. Rare 502s, no rollout near, processing time next to nothing: raise the application's timeout.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Cost: one scan of the failed rows, and their verdicts.
select
  target_group_arn, workload, count(*) as failures, count(distinct target_ip) as targets,
  max(target_processing_time) as longest_processing_seconds, min(time) as first_failure, max(time) as last_failure
from verdict
where mechanism = 'closed_in_flight'
  and coalesce(cause, 'no_evidence') in ('healthy_target', 'no_evidence')
  and coalesce(target_processing_time, 0) < 0.01
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by target_group_arn, workload
order by failures desc, target_group_arn, workload
