-- Title: Requests that were running when their pod was killed
-- Group: which setting
-- Why: shows how long each had run, and the rest of the grace period when it failed. With grace left, the application
--   did not wait for its requests; without, the grace period is too short for them.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
-- Athena: fetched
-- Cost: one scan of the failed rows, and their verdicts.
select
  pod_namespace, workload, pod_name, time, mechanism, cause, elapsed as ran_seconds,
  seconds_between(deleted_latest, time) as failed_seconds_after_deletion,
  termination_grace_period_seconds,
  termination_grace_period_seconds - seconds_between(deleted_latest, time) as grace_left_seconds,
  request_line
from verdict
where cause in ('killed_in_flight', 'drain_delay_elapsed')
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
order by time desc, object_id desc, line desc
