-- Title: Host names that got failures
-- Group: who was affected
-- Why: shows the product or tenant of the failed requests.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: requests
-- Cost: one scan of the rows of the window, and a pattern per row.
select
  host, count(*) as requests,
  sum(case when elb_status_code >= 500 then 1 else 0 end) as failures,
  count(distinct case when elb_status_code >= 500 then client_ip end) as affected_clients,
  round(
    1e2 * sum(case when elb_status_code >= 500 then 1 else 0 end) / count(*), 3
  ) as failed_percent
from requests
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by host
having sum(case when elb_status_code >= 500 then 1 else 0 end) > 0
order by failures desc, host
