-- Title: Settled failures and missing evidence, per target group and hour
-- Group: is the data complete
-- Why: shows which questions the evidence answers for the loaded failures: whose address it was, when the pod was
--   deleted, when it ended, when the target was deregistered. `likely` failures are judged by the traffic alone and
--   not settled. `missing` is what would settle most of the rest.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
with decided as (
  select
    target_group_arn, date_trunc('hour', time) as hour, cause, confidence, missing, life, deleted_earliest, deleted_latest,
    deregistered_latest, deregistered_earliest, exited_latest
  from verdict
  where mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
counted as (
  select
    target_group_arn, hour, missing, count(*) as failures,
    sum(case when cause = 'no_evidence' or confidence in ('ambiguous', 'likely') then 1 else 0 end) as unsettled,
    sum(case when confidence = 'ambiguous' then 1 else 0 end) as ambiguous,
    sum(case when confidence = 'likely' then 1 else 0 end) as likely,
    sum(case when cause = 'no_evidence' then 1 else 0 end) as no_evidence,
    count(life) as pod_known,
    sum(case when deleted_latest is not null or deleted_earliest is not null then 1 else 0 end) as deletion_known,
    count(exited_latest) as exit_known,
    sum(case when deregistered_latest is not null or deregistered_earliest is not null then 1 else 0 end)
      as deregistration_known
  from decided
  group by target_group_arn, hour, missing
),
ranked as (
  select
    c.*,
    row_number() over (
      partition by target_group_arn, hour, case when missing is null then 1 else 0 end
      order by unsettled desc, failures desc, missing
    ) as position
  from counted c
)
select
  target_group_arn, hour, sum(failures) as failures, sum(failures) - sum(unsettled) as settled,
  sum(ambiguous) as ambiguous, sum(likely) as likely, sum(no_evidence) as no_evidence, sum(pod_known) as pod_known,
  sum(deletion_known) as deletion_known, sum(exit_known) as exit_known,
  sum(deregistration_known) as deregistration_known,
  max(case when missing is not null and position = 1 then missing end) as missing,
  coalesce(max(case when missing is not null and position = 1 then unsettled end), 0) as missing_settles
from ranked
group by target_group_arn, hour
order by hour desc, failures desc, target_group_arn
