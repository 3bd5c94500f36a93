-- Title: Requests per second, minute or hour of a window
-- Why: the report shows the failures of each second above its requests.
-- Param: from timestamp = null -- requests from then on, by request_creation_time
-- Param: to timestamp = null -- requests before then
-- Param: unit text = second -- second, minute or hour
-- Needs: alb_log
select date_trunc(cast($unit as varchar), request_creation_time) as begins_at, count(*) as requests
from alb_log
where request_creation_time >= cast($from as timestamp(6)) and request_creation_time < cast($to as timestamp(6))
group by date_trunc(cast($unit as varchar), request_creation_time)
order by begins_at
