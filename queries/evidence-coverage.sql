-- Title: Share of requests with a known pod
-- Group: is the data complete
-- Why: a verdict needs evidence of its target. If few pods are known, load more evidence before drawing conclusions.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Needs: routed
-- Cost: one scan of the rows of the window, joined with the pods.
select
  target_group_arn, count(*) as requests, count(life) as with_pod,
  sum(case when other_life is not null then 1 else 0 end) as with_two_pods,
  count(deleted_latest) as with_deletion, count(deregistered_latest) as with_deregistration,
  sum(case when is_failure(mechanism, cast(null as varchar), elb_status_code) then 1 else 0 end) as failures,
  sum(case when life is not null and is_failure(mechanism, cast(null as varchar), elb_status_code) then 1 else 0 end)
    as failures_with_pod,
  round(1e2 * count(life) / count(*), 3) as with_pod_percent
from routed
where target_ip is not null
  and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by target_group_arn
order by requests desc, target_group_arn
