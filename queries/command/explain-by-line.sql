-- Title: The request of an object and line
-- Why: `trace` prints both. An object is named by its number, its address or the end of its address.
-- Param: object text = null -- object_id, or the address, or its last part
-- Param: line text = null -- number of the line
-- Needs: alb_log, log_object
select l.object_id, l.line
from alb_log l join log_object o on o.object_id = l.object_id
where l.line = cast($line as bigint)
  and (cast(o.object_id as varchar) = $object or o.uri = $object or o.uri like '%/' || $object)
