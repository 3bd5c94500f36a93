-- Title: The request of an object and line
-- Why: `trace` prints both. Rows are stored by time, so those of other hours need not be read.
-- Param: object integer = null -- object_id
-- Param: line integer = null -- number of the line
-- Param: first text = null -- the object's earliest time
-- Param: last text = null -- the object's latest time
-- Needs: alb_log
select object_id, line, time
from alb_log
where object_id = $object and line = $line
  and (cast($first as timestamp) is null or time >= cast($first as timestamp))
  and (cast($last as timestamp) is null or time <= cast($last as timestamp))
