-- Title: Traffic and registrations of a target group around each failure
-- Why: a group without targets lost its last one at some time. A target that is silent while its group answers differs from
--   a group that is unreachable. New targets that begin to answer suggest a rollout. Events name
--   pods, not addresses: if pods of the group's workload with unknown addresses had begun to terminate, the silent targets
--   without a known pod were theirs, one each.
-- Needs: failure, alb_log, target_observation, pod_life
with point as (
  select distinct target_group_arn as group_key, request_creation_time as moment
  from failure
  where target_group_arn is not null and request_creation_time is not null
    and mechanism in ('no_target', 'connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
),
failed_hour as (
  select distinct
    target_group_arn as group_key,
    date_trunc('hour', case when k.kind = 'routed' then request_creation_time else time end) + k.shift * interval '1' hour as hour
  from failure
  cross join (values ('routed', -1), ('routed', 0), ('routed', 1), ('failed', -1), ('failed', 0), ('failed', 1)) as k (kind, shift)
  where target_group_arn is not null and request_creation_time is not null
    and mechanism in ('no_target', 'connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
),
-- By ARN, and by name as health check logs have it.
group_name as (
  select distinct
    p.group_key, case when k.kind = 'arn' then p.group_key else 'name:' || split_part(p.group_key, '/', 2) end as key
  from point p
  cross join (values ('arn'), ('name')) as k (kind)
),
-- By second around a failure, else by hour, as in answer_around.
timed as (
  select
    l.target_group_arn as key, l.target_ip, l.target_port, l.request_creation_time as moment, h.hour is not null as is_near,
    case
      when h.hour is null then date_trunc('hour', l.request_creation_time) else date_trunc('second', l.request_creation_time)
    end as begins
  from alb_log l
  left join failed_hour h on h.group_key = l.target_group_arn and h.hour = date_trunc('hour', l.request_creation_time)
  where l.target_status_code is not null and l.target_group_arn is not null
),
answer as (
  select key, target_ip, target_port, is_near, begins, min(moment) as first_at, max(moment) as last_at
  from timed
  group by key, target_ip, target_port, is_near, begins
),
paused as (
  select
    a.*,
    lag(last_at) over (partition by key, target_ip, target_port order by first_at) as previous_at,
    min(first_at) over (partition by key) as group_first_at
  from answer a
),
-- Targets and pods side by side, to be met by address and by workload.
side as (
  select
    target_group_arn as key, target_ip as ip, max(request_creation_time) as last_at, 1 as is_target, 0 as is_living, cast(null as varchar) as namespace,
    cast(null as varchar) as deployment, cast(null as timestamp(6)) as gone_at
  from alb_log
  where target_status_code is not null and target_group_arn is not null
  group by target_group_arn, target_ip
  union all
  select
    null, ip, null, 0,
    case when ip is not null and deleted_latest is null and finished_latest is null and gone_latest is null then 1 else 0 end,
    namespace, deployment, deleted_latest
  from pod_life
),
by_address as (
  select
    s.*, min(key) over w as first_key, max(key) over w as last_key, min(is_target) over w as is_unknown
  from side s
  window w as (partition by ip)
),
-- A workload serves the group that its living pods answer for.
by_workload as (
  select
    a.*,
    min(case when is_living = 1 then first_key end) over w as first_group,
    max(case when is_living = 1 then last_key end) over w as last_group
  from by_address a
  window w as (partition by namespace, deployment)
),
-- A target begins when it answers after a pause; those that answer when the log begins do not count.
-- Each view below is read once: engines that plan a view again wherever it is read have a limit.
group_event as (
  select p.key, k.kind, min(p.first_at) as first_at, max(case when k.kind = 1 then p.last_at end) as last_at
  from paused p
  cross join (values (1), (3)) as k (kind)
  where k.kind = 1
    or p.is_near and p.first_at > p.group_first_at + silence_window()
      and (p.previous_at is null or p.first_at > p.previous_at + traffic_window())
  group by p.key, k.kind, case when k.kind = 1 then p.begins else p.first_at end
  union all
  select target_group_key, 2, coalesce(earliest, latest), null from target_observation where state = 'healthy'
  union all
  select
    case when is_target = 1 then key else first_group end, case when is_target = 1 then 4 else 5 end,
    case when is_target = 1 then last_at else gone_at end, null
  from by_workload
  where is_target = 1 and is_unknown = 1
    or is_target = 0 and ip is null and gone_at is not null and first_group = last_group
),
-- Who fell silent, and who had gone, counts from then until event_age() later: added up along the sweep. A frame of time
-- over a large group takes five times as long.
sweep as (
  select group_key, moment, 0 as kind, 0 as silent, 0 as gone from point
  union all
  select
    a.group_key,
    case k.side when 'last' then h.last_at when 'over' then h.first_at + event_age() else h.first_at end,
    case k.side when 'begin' then -1 when 'over' then 6 else h.kind end,
    case when h.kind = 4 then k.change else 0 end, case when h.kind = 5 then k.change else 0 end
  from group_event h
  join group_name a on a.key = h.key
  cross join (values ('first', 0), ('last', 0), ('begin', 1), ('over', -1)) as k (side, change)
  where k.side = 'first' or k.side = 'last' and h.last_at > h.first_at or k.side in ('begin', 'over') and h.kind in (4, 5)
),
seen as (
  select
    group_key, moment, kind,
    max(case when kind = 1 then moment end) over earlier_one as answered_before,
    max(case when kind = 2 then moment end) over earlier_one as healthy_before,
    max(case when kind = 3 then moment end) over earlier_one as begun_before,
    min(case when kind = 1 then moment end) over later_one as answered_after,
    min(case when kind = 3 then moment end) over later_one as begun_after,
    max(case when kind = 5 then moment end) over earlier_one as gone_before,
    min(case when kind = 5 then moment end) over later_one as gone_after,
    sum(silent) over earlier_one as silent_targets,
    sum(gone) over earlier_one as gone_pods,
    min(case when kind = 1 then moment end) over (partition by group_key) as answered_first,
    max(case when kind = 1 then moment end) over (partition by group_key) as answered_last
  from sweep
  window
    earlier_one as (partition by group_key order by moment, kind rows unbounded preceding),
    later_one as (partition by group_key order by moment desc, kind rows unbounded preceding)
)
select
  group_key, moment, answered_before, answered_after, healthy_before, begun_before, begun_after, answered_first,
  answered_last, gone_before, gone_after, gone_pods, silent_targets
from seen
where kind = 0
