-- Title: The answers of a target around each moment of a failure
-- Why: the log itself has facts about a target. A target that answered a later request was not lost; an answer from the
--   address of an ended pod is another pod's; a busy target that never answered again went away.
--   `moment` is a request_creation_time or a time of a failure.
-- Needs: failure, alb_log
with failed_moment as (
  select
    f.target_ip, f.target_port, case when k.kind = 'routed' then f.request_creation_time else f.time end as moment, k.shift
  from failure f
  cross join (values ('routed', -1), ('routed', 0), ('routed', 1), ('failed', -1), ('failed', 0), ('failed', 1)) as k (kind, shift)
  where f.target_ip is not null and f.request_creation_time is not null and f.mechanism <> 'target_error'
),
point as (
  select distinct target_ip, target_port, moment from failed_moment where shift = 0
),
failed_hour as (
  select distinct target_ip, target_port, date_trunc('hour', moment) + shift * interval '1' hour as hour from failed_moment
),
-- By second around a failure, else by hour: of other days only the first and the last answer count.
answer as (
  select
    l.target_ip, l.target_port,
    min(case when l.target_status_code is not null then l.request_creation_time end) as first_at,
    max(case when l.target_status_code is not null then l.request_creation_time end) as last_at,
    count(l.target_status_code) as answers, max(l.request_creation_time) as asked_at, count(*) as requests
  from alb_log l
  left join failed_hour h
    on h.target_ip = l.target_ip and h.target_port = l.target_port and h.hour = date_trunc('hour', l.request_creation_time)
  where l.target_ip is not null and l.request_creation_time is not null
  group by
    l.target_ip, l.target_port,
    case
      when h.hour is null then date_trunc('hour', l.request_creation_time) else date_trunc('second', l.request_creation_time)
    end
),
sweep as (
  select target_ip, target_port, moment, 0 as is_answer, 0 as answers, 0 as requests from point
  union all
  -- Once for all kinds: engines that plan a view again wherever it is read have a limit.
  select
    a.target_ip, a.target_port,
    case k.kind when 'first' then a.first_at when 'last' then a.last_at else a.asked_at end,
    case when k.kind = 'asked' then 2 else 1 end,
    case when k.kind = 'last' or k.kind = 'first' and a.last_at = a.first_at then a.answers else 0 end,
    case when k.kind = 'asked' then a.requests else 0 end
  from answer a
  cross join (values ('first'), ('last'), ('asked')) as k (kind)
  where k.kind = 'asked' or a.first_at is not null and (k.kind = 'first' or a.last_at > a.first_at)
),
seen as (
  select
    target_ip, target_port, moment, is_answer,
    max(case when is_answer = 1 then moment end) over earlier_one as answered_before,
    min(case when is_answer = 1 then moment end) over (
      partition by target_ip, target_port order by moment desc, is_answer rows unbounded preceding
    ) as answered_after,
    min(case when is_answer = 1 then moment end) over earlier_one as answered_first,
    sum(answers) over (
      partition by target_ip, target_port order by moment range between traffic_window() preceding and current row
    ) as recent_answers,
    sum(requests) over (
      partition by target_ip, target_port order by moment range between late_routing_from() following and late_routing_until() following
    ) as later_requests
  from sweep
  window earlier_one as (partition by target_ip, target_port order by moment, is_answer rows unbounded preceding)
)
select target_ip, target_port, moment, answered_before, answered_after, answered_first, recent_answers, later_requests
from seen
where is_answer = 0
