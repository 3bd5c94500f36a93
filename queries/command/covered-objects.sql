-- Title: Rows and times of all loaded access logs, and damaged objects of a window
-- Why: a damaged object may have held failures of the window.
-- Param: from timestamp = null -- start of the window
-- Param: to timestamp = null -- end of the window, not included
-- Needs: log_object
select
  coalesce(sum("rows"), 0) as logged, epoch_us(min(first_time)) as begin_time, epoch_us(max(last_time)) as end_time,
  count(*) filter (
    status = 'damaged'
    and (cast($from as timestamp) is null or coalesce(last_time >= cast($from as timestamp), true))
    and (cast($to as timestamp) is null or coalesce(first_time < cast($to as timestamp), true))
  ) as damaged
from log_object
where kind = 'alb_access_log'
