-- Title: Requests routed to terminating pods, by second after the deletion, per Deployment
-- Group: which setting
-- Why: the distribution behind the advice, answered requests included. Seconds count from the earliest that the
--   deletion can have been.
-- Param: longest integer = 300 -- most seconds after the deletion
-- Needs: late_request
-- Athena: fetched
-- Cost: one scan of all rows, joined with the pods.
select
  namespace, deployment, target_group_arn, cast(floor(seconds) as bigint) as second,
  sum(case when is_failed then 0 else 1 end) as answered,
  sum(case when is_failed then 1 else 0 end) as failed,
  count(distinct life) as pods
from late_request
where is_late and seconds < cast($longest as double)
group by namespace, deployment, target_group_arn, cast(floor(seconds) as bigint)
order by namespace, deployment, target_group_arn, second
