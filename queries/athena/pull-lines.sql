-- Title: The lines of a window that `load --keep failures` keeps as rows
-- Why: failures, all requests of targets that fail or go away, and every line that is not plain. They come as they were
--   written, so that one reader reads all lines.
-- Needs: part, kept_target
-- Cost: one reading of the days of the window; its rows are what travels.
select path, line
from part
where time is null
  or (
    time >= $from and time < $to
    and (elb_status >= '500' or elb_status = '460' or target in (select target from kept_target))
  )
