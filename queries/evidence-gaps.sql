-- Title: What the evidence settles of the failures, per target group and hour, and what is missing
-- Group: is the data complete
-- Why: says which questions can be answered for the failures at hand and which cannot: whose address it was, when the pod was
--   deleted, when it ended, when the target was deregistered. `missing` is what would settle most of the rest.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Cost: one scan of the failed rows, and their verdicts.
with judged as (
  select
    target_group_arn, date_trunc('hour', time) as hour, cause, confidence, missing, life, deleted_earliest, deleted_latest,
    deregistered_latest, deregistered_earliest, exited_latest
  from verdict
  where mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
lacking as (
  select
    target_group_arn, hour, missing, count(*) as failures,
    sum(case when cause = 'no_evidence' or confidence = 'ambiguous' then 1 else 0 end) as unsettled
  from judged
  where missing is not null
  group by target_group_arn, hour, missing
),
most as (
  select
    l.*,
    row_number() over (
      partition by target_group_arn, hour order by unsettled desc, failures desc, missing
    ) as position
  from lacking l
)
select
  j.target_group_arn, j.hour, count(*) as failures,
  sum(case when j.cause = 'no_evidence' or j.confidence = 'ambiguous' then 0 else 1 end) as settled,
  sum(case when j.confidence = 'ambiguous' then 1 else 0 end) as ambiguous,
  sum(case when j.cause = 'no_evidence' then 1 else 0 end) as no_evidence,
  count(j.life) as pod_known,
  sum(case when j.deleted_latest is not null or j.deleted_earliest is not null then 1 else 0 end) as deletion_known,
  count(j.exited_latest) as exit_known,
  sum(case when j.deregistered_latest is not null or j.deregistered_earliest is not null then 1 else 0 end)
    as deregistration_known,
  max(m.missing) as missing, coalesce(max(m.unsettled), 0) as missing_settles
from judged j
left join most m
  on coalesce(m.target_group_arn, '') = coalesce(j.target_group_arn, '') and m.hour = j.hour and m.position = 1
group by j.target_group_arn, j.hour
order by j.hour desc, failures desc, j.target_group_arn
