-- Title: What a target group did around each failure: when it last had a healthy target, and whether others answered
-- Why: a group without targets was left by its last one at some time; and a target that is silent while its group answers
--   is told from a group that nobody can reach.
-- Needs: failure, alb_log, target_observation
with point as (
  select distinct target_group_arn as group_key, request_creation_time as moment
  from failure
  where target_group_arn is not null and request_creation_time is not null
    and mechanism in ('no_target', 'connect_timeout', 'response_timeout')
),
-- By ARN, and by name as health check logs have it.
asked as (
  select distinct
    p.group_key, case when k.kind = 'arn' then p.group_key else 'name:' || split_part(p.group_key, '/', 2) end as key
  from point p
  cross join (values ('arn'), ('name')) as k (kind)
),
told as (
  select
    target_group_arn as key, 1 as kind, min(request_creation_time) as first_at, max(request_creation_time) as last_at
  from alb_log
  where target_status_code is not null
  group by target_group_arn, date_trunc('second', request_creation_time)
  union all
  select target_group_key, 2, coalesce(earliest, latest), null from target_observation where state = 'healthy'
),
line as (
  select group_key, moment, 0 as kind from point
  union all
  select a.group_key, case when k.side = 'first' then t.first_at else t.last_at end, t.kind
  from told t
  join asked a on a.key = t.key
  cross join (values ('first'), ('last')) as k (side)
  where k.side = 'first' or t.last_at > t.first_at
),
seen as (
  select
    group_key, moment, kind,
    max(case when kind = 1 then moment end) over earlier_line as answered_before,
    max(case when kind = 2 then moment end) over earlier_line as healthy_before,
    min(case when kind = 1 then moment end) over later_line as answered_after
  from line
  window
    earlier_line as (partition by group_key order by moment, kind rows unbounded preceding),
    later_line as (partition by group_key order by moment desc, kind rows unbounded preceding)
)
select group_key, moment, answered_before, answered_after, healthy_before from seen where kind = 0
