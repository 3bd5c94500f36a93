-- Title: The objects of a name
-- Why: an object is named by its number, its address or the end of its address, and an end may fit several.
-- Param: object text = null -- object_id, or the address, or its last part
-- Needs: log_object
select object_id, first_time, last_time
from log_object
where cast(object_id as varchar) = $object or uri = $object or ends_with(uri, '/' || $object)
order by object_id
