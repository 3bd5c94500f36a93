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
asked as (
  select distinct group_key from point
),
answer as (
  select a.group_key, min(l.request_creation_time) as first_at, max(l.request_creation_time) as last_at
  from alb_log l
  join asked a on a.group_key = l.target_group_arn
  where l.target_status_code is not null
  group by a.group_key, date_trunc('second', l.request_creation_time)
),
healthy as (
  select distinct a.group_key, coalesce(o.earliest, o.latest) as moment
  from target_observation o
  join asked a
    on o.target_group_key = a.group_key or o.target_group_key = 'name:' || split_part(a.group_key, '/', 2)
  where o.state = 'healthy'
),
line as (
  select group_key, moment, 0 as kind from point
  union all
  select group_key, first_at, 1 from answer
  union all
  select group_key, last_at, 1 from answer
  union all
  select group_key, moment, 2 from healthy
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
