-- Title: The requests of a trace id
-- Why: a client may send one id several times; a proxy may add fields before it. The id holds the second in which it was made.
-- Param: id text = null -- as X-Amzn-Trace-Id has it
-- Param: bare text = null -- the same without `Root=` and without signs of a pattern
-- Param: from text = null -- rows from then on; all where null
-- Param: to text = null -- rows before then
-- Needs: alb_log
select object_id, line, time
from alb_log
where (trace_id = $id or trace_id = 'Root=' || $id or trace_id like '%Root=' || $bare || '%')
  and (cast($from as timestamp) is null or time >= cast($from as timestamp))
  and (cast($to as timestamp) is null or time < cast($to as timestamp))
order by time
limit 20
