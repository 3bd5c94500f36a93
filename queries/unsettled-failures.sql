-- Title: Failures that the evidence does not settle
-- Group: why
-- Why: shows for each target the missing or contradicting evidence, to be loaded. `example` is the verdict of the
--   first of them.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
with unsettled as (
  select
    v.*,
    row_number() over (
      partition by target_group_arn, target_ip, target_port, mechanism, cause order by time, object_id, line
    ) as number
  from verdict v
  where (cause = 'no_evidence' or confidence = 'ambiguous')
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
)
select
  target_group_arn, target_ip, target_port, mechanism, cause, count(*) as failures,
  min(time) as first_failure, max(time) as last_failure,
  max(case when number = 1 then other_cause end) as other_cause,
  max(case when number = 1 then because end) as example
from unsettled
group by target_group_arn, target_ip, target_port, mechanism, cause
order by failures desc, target_group_arn, target_ip, target_port, mechanism, cause
