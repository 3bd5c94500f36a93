-- Title: Each keep-alive race, with how long the connection had been idle
-- Why: the balancer keeps connections per node. The last request of that node to the target before the race is the latest
--   that can have used the connection, so the connection was idle for at least that long.
-- Column: idle_seconds -- from the end of the last request of that balancer node to that target, to the race
-- Needs: verdict, alb_log
with race as (
  select object_id, line, time, request_creation_time, target_group_arn, target_ip, target_port, ip_address, workload, cause,
    confidence
  from verdict
  where pattern = 'keep_alive_race'
),
asked as (
  select distinct target_ip, target_port, ip_address from race where ip_address is not null
),
sweep as (
  select a.target_ip, a.target_port, a.ip_address, l.time as moment, l.time as answered_at, cast(null as integer) as object_id,
    cast(null as bigint) as line
  from alb_log l
  join asked a on a.target_ip = l.target_ip and a.target_port = l.target_port and a.ip_address = l.ip_address
  where l.target_status_code is not null
  union all
  select target_ip, target_port, ip_address, request_creation_time, null, object_id, line
  from race
  where ip_address is not null
),
before as (
  select
    object_id, line, moment,
    max(answered_at) over (
      partition by target_ip, target_port, ip_address order by moment rows between unbounded preceding and 1 preceding
    ) as answered_before
  from sweep
)
select
  r.object_id, r.line, r.time, r.target_group_arn, r.target_ip, r.target_port, r.ip_address, r.workload, r.cause,
  r.confidence, seconds_between(b.answered_before, r.request_creation_time) as idle_seconds
from race r
left join before b on b.object_id = r.object_id and b.line = r.line
