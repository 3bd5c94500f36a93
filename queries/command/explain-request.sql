-- Title: A request with the lives of its target
-- Why: answered requests have no verdict, but they too have a story.
-- Param: object integer = null -- object_id of the request
-- Param: line integer = null -- its line
-- Needs: routed
select * from routed where object_id = $object and line = $line
