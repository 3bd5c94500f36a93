-- Title: Failures per node of the balancer
-- Group: what else is odd
-- Why: a balancer is several machines, one or more per zone. Failures on only one of them point at AWS or a zone.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: request
-- Cost: one scan of the rows of the window.
select
  elb, ip_address, count(*) as requests,
  sum(case when mechanism is not null and elb_status_code >= 500 then 1 else 0 end) as failures,
  round(1e2 * sum(case when mechanism is not null and elb_status_code >= 500 then 1 else 0 end) / count(*), 3)
    as failed_percent
from request
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by elb, ip_address
order by elb, ip_address
