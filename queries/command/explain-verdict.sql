-- Title: The verdict of a request, with the condition of its rule
-- Why: no row for a request that did not fail.
-- Param: object integer = null -- object_id of the request
-- Param: line integer = null -- its line
-- Needs: verdict, rule
select v.*, r.condition
from verdict v left join rule r on r.rule = v.rule
where v.object_id = $object and v.line = $line
