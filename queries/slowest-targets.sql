-- Title: Slowest targets
-- Why: a target that answers slowly is often the one that is being starved, or about to be killed.
-- Param: from timestamp = null -- requests from then on
-- Param: to timestamp = null -- requests before then
-- Param: at_least integer = 1 -- only targets with so many answers
-- Param: limit integer = 50 -- at most so many targets
-- Cost: one scan of all rows; the quantiles are approximate.
select
  target_group_arn, target_ip, target_port, count(*) as answers,
  round(avg(target_processing_time), 3) as mean_seconds,
  round(approx_percentile(target_processing_time, 0.5), 3) as median_seconds,
  round(approx_percentile(target_processing_time, 0.99), 3) as p99_seconds,
  max(target_processing_time) as max_seconds
from request
where target_processing_time is not null and target_status_code is not null
  and (cast($from as timestamp) is null or time >= cast($from as timestamp))
  and (cast($to as timestamp) is null or time < cast($to as timestamp))
group by target_group_arn, target_ip, target_port
having count(*) >= cast($at_least as bigint)
order by p99_seconds desc, max_seconds desc, target_ip, target_port
limit coalesce(cast($limit as bigint), 9223372036854775807)
