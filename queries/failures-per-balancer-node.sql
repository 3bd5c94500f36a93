-- Title: Failures per node of the balancer
-- Group: what else is odd
-- Why: a balancer is several machines, one or more per zone. Failures on only one of them point at AWS or a zone.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: alb_log, failure
-- Cost: two scans of the rows of the window.
with node as (
  select elb, ip_address, count(*) as requests
  from alb_log
  where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
  group by elb, ip_address
),
failed as (
  select l.elb, l.ip_address, count(*) as failures
  from failure f
  join alb_log l on l.object_id = f.object_id and l.line = f.line
  where f.elb_status_code >= 500
    and (cast($from as timestamp(6)) is null or f.time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or f.time < cast($to as timestamp(6)))
  group by l.elb, l.ip_address
)
select
  n.elb, n.ip_address, n.requests, coalesce(f.failures, 0) as failures,
  round(1e2 * coalesce(f.failures, 0) / n.requests, 3) as failed_percent
from node n
left join failed f on f.elb is not distinct from n.elb and f.ip_address is not distinct from n.ip_address
order by n.elb, n.ip_address
