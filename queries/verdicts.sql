-- Title: Verdicts by mechanism and cause
-- Group: why
-- Why: the overview in a few rows: mechanisms and causes of failed requests, and the share that the evidence settles.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  mechanism, cause, target_was, confidence, count(*) as failures, count(distinct pod_name) as pods,
  min(time) as first_failure, max(time) as last_failure
from verdict
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by mechanism, cause, target_was, confidence
order by failures desc, mechanism, cause, target_was, confidence
