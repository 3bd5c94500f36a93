-- Title: Failures by second after their pod's deletion
-- Group: is it the rollout
-- Why: failures of a rollout cluster in the first seconds after the deletion; failures with other causes do not.
-- Param: seconds integer = 120 -- how long after the deletion to look
-- Param: workload text = null -- only pods of this workload
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  cast(floor(seconds_after_deletion) as bigint) as second, mechanism, target_was, count(*) as failures,
  count(distinct life) as pods
from verdict
where seconds_after_deletion >= 0
  and seconds_after_deletion < cast($seconds as double)
  and mechanism <> 'target_error'
  and (cast($workload as varchar) is null or workload = cast($workload as varchar))
group by cast(floor(seconds_after_deletion) as bigint), mechanism, target_was
order by second, mechanism, target_was
