-- Title: Requests that do not follow the protocol
-- Group: what else is odd
-- Why: desync mitigation classifies them; Severe ones are refused with 400, Ambiguous ones cost their connection.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: alb_log
-- Cost: one scan of the rows of the window.
select
  classification, classification_reason, elb_status_code, count(*) as requests, count(distinct client_ip) as clients,
  min(time) as first_time, max(time) as last_time
from alb_log
where classification is not null
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by classification, classification_reason, elb_status_code
order by requests desc, classification, classification_reason, elb_status_code
