-- Title: Texts of failures that the report lists
-- Why: of 300,000 failures the page lists 200, and these texts are most of the memory.
-- Param: places text = null -- object:line of each, with commas; null: all failures of the window
-- Param: from timestamp = null -- failures from then on, by request_creation_time
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
select
  v.object_id, v.line, v.trace_id, v.request_line, v.seconds_after_deregistration, v.seconds_after_exit, v.because
from verdict v
where is_failure(v.mechanism, v.cause, v.elb_status_code)
  and (cast($from as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or coalesce(v.request_creation_time, v.time) < cast($to as timestamp(6)))
  and (
    cast($places as varchar) is null
    or v.object_id || ':' || v.line in (select unnest(string_split(cast($places as varchar), ',')))
  )
