-- Title: Failures of a window by cause
-- Why: `check` compares them with its limits.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Needs: verdict
select mechanism, cause, other_cause, confidence, min(trace_id) as example, count(*) as failures
from verdict
where (cast($from as timestamp) is null or coalesce(request_creation_time, time) >= cast($from as timestamp))
  and (cast($to as timestamp) is null or coalesce(request_creation_time, time) < cast($to as timestamp))
group by mechanism, cause, other_cause, confidence
