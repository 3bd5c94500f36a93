-- Title: Each keep-alive race, with how long the connection had been idle
-- Why: the balancer keeps connections per node. The last request of that node to the target before the race is the latest
--   that can have used the connection, so the connection was idle for at least that long.
-- Column: idle_seconds -- from the end of the last request of that balancer node to that target, to the race
-- Needs: verdict, failure, alb_log
with race_target as (
  select distinct target_ip, target_port, ip_address
  from failure
  where mechanism = 'closed_in_flight' and elapsed < race_seconds() and ip_address is not null
),
-- The verdicts are read once: races and answers, in the order of time.
sweep as (
  select
    true as is_race, object_id, line, time, elb, target_group_arn, target_ip, target_port, ip_address, workload, cause,
    confidence, request_creation_time as moment, cast(null as timestamp(6)) as answered_at
  from verdict
  where pattern = 'keep_alive_race'
  union all
  select
    false, null, null, null, null, null, l.target_ip, l.target_port, l.ip_address, null, null, null, l.time, l.time
  from alb_log l
  join race_target a on a.target_ip = l.target_ip and a.target_port = l.target_port and a.ip_address = l.ip_address
  where l.target_status_code is not null
),
before as (
  select
    s.*,
    max(answered_at) over (
      partition by target_ip, target_port, ip_address order by moment rows between unbounded preceding and 1 preceding
    ) as answered_before
  from sweep s
)
select
  object_id, line, time, elb, target_group_arn, target_ip, target_port, ip_address, workload, cause, confidence,
  case when ip_address is not null then seconds_between(answered_before, moment) end as idle_seconds
from before
where is_race
