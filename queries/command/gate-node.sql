-- Title: Access log objects with requests since a time
-- Why: their names say which node of a balancer delivered them, and up to when. `check --gate` waits for nodes that lag behind.
-- Param: since timestamp = null -- last requests from then on
-- Needs: log_object
select uri
from log_object
where kind = 'alb_access_log' and last_time >= cast($since as timestamp)
