-- Title: The requests of a trace id
-- Why: a client may send one id several times; a proxy may add fields before it.
-- Param: id text = null -- as X-Amzn-Trace-Id has it
-- Param: bare text = null -- the same without `Root=` and without signs of a pattern
-- Needs: alb_log
select object_id, line
from alb_log
where trace_id = $id or trace_id = 'Root=' || $id or trace_id like '%Root=' || $bare || '%'
order by time
limit 20
