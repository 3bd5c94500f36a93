-- Title: A request with the lives of its target
-- Why: answered requests have no verdict, but they too have a story. The time is that of the row: rows are stored by time, so it
--   need not read those of other days.
-- Param: object integer = null -- object_id of the request
-- Param: line integer = null -- its line
-- Param: time text = null -- its time
-- Needs: routed
select * from routed where object_id = $object and line = $line and time = cast($time as timestamp)
