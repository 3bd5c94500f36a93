-- Title: Failures of a window by cause and rollout
-- Why: the answer names the rollout that made the failures, and its versions.
-- Param: from timestamp = null -- failures from then on, by request_creation_time
-- Param: to timestamp = null -- failures before then
-- Param: target_group text = null -- part of the target group's ARN
-- Param: lb text = null -- part of the load balancer's id
-- Needs: verdict, rollout_failure, rollout_pod
select
  f.cause, f.rollout, min(p.kind) as kind, min(p.from_workload) as from_workload, min(p.to_workload) as to_workload, count(*) as failures
from rollout_failure f
join verdict v on v.object_id = f.object_id and v.line = f.line
left join (
  select rollout, min(kind) as kind, min(from_workload) as from_workload, min(to_workload) as to_workload from rollout_pod group by rollout
) p on p.rollout = f.rollout
where (cast($from as timestamp) is null or coalesce(v.request_creation_time, v.time) >= cast($from as timestamp))
  and (cast($to as timestamp) is null or coalesce(v.request_creation_time, v.time) < cast($to as timestamp))
  and (cast($target_group as varchar) is null or strpos(v.target_group_arn, cast($target_group as varchar)) > 0)
  and (cast($lb as varchar) is null or strpos(v.elb, cast($lb as varchar)) > 0)
group by f.cause, f.rollout
order by failures desc, f.rollout, f.cause
