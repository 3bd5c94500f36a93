-- Title: Failures per target group, by cause
-- Group: why
-- Why: shows the affected services, with the causes.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  target_group_arn, mechanism, cause, count(*) as failures,
  sum(case when confidence = 'ambiguous' then 1 else 0 end) as ambiguous,
  count(distinct target_ip) as targets, min(time) as first_failure, max(time) as last_failure
from verdict
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by target_group_arn, mechanism, cause
order by failures desc, target_group_arn, mechanism, cause
