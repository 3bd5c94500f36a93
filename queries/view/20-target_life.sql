-- Title: One row per registration of a target, as describe-target-health showed it
-- Why: `deregistered_*` is X of the verdicts. It lies between the last time the target was seen registered and the first
--   time it was seen draining (or, where that was missed, unused or absent). A target seen registered again begins a
--   new row. An absent target group is filled in where its target is known in one group only.
-- Needs: target_state, log_object
with grouped as (
  select target_ip, target_port, max(target_group_arn) as target_group_arn, count(distinct target_group_arn) as groups
  from target_state
  where target_group_arn is not null
  group by target_ip, target_port
),
observation as (
  select
    s.object_id, s.line, s.state, s.earliest, s.latest,
    coalesce(s.target_group_arn, g.target_group_arn, '') as target_group_key,
    lower(s.target_ip) as target_ip, s.target_port,
    coalesce(s.earliest, s.latest) as moment,
    -- Target.NotInUse is registered, in a group that no listener uses.
    case
      when s.state in ('draining', 'absent') then 0
      when s.state = 'unused' and coalesce(s.reason, '') <> 'Target.NotInUse' then 0
      else 1
    end as registered
  from target_state s
  left join grouped g on g.target_ip = s.target_ip and g.target_port = s.target_port
  -- A listing of an unnamed group says nothing of a target that is in several.
  where s.target_group_arn is not null or coalesce(g.groups, 0) <= 1
),
turned as (
  select
    o.*,
    case
      when registered = 1 and lag(registered) over (
        partition by target_group_key, target_ip, target_port order by moment, object_id, line
      ) = 0 then 1
      else 0
    end as turn
  from observation o
),
numbered as (
  select
    t.*,
    sum(turn) over (
      partition by target_group_key, target_ip, target_port order by moment, object_id, line rows unbounded preceding
    ) as life_number
  from turned t
),
object_line as (
  select
    n.target_group_key, n.target_ip, n.target_port, n.life_number,
    coalesce(o.kind || ' ' || o.uri, 'object ' || cast(n.object_id as varchar)) || ':' || cast(min(n.line) as varchar)
      || case when max(n.line) > min(n.line) then '-' || cast(max(n.line) as varchar) else '' end as source
  from numbered n
  left join log_object o on o.object_id = n.object_id
  group by n.target_group_key, n.target_ip, n.target_port, n.life_number, n.object_id, o.kind, o.uri
),
source as (
  select
    target_group_key, target_ip, target_port, life_number, array_join(array_agg(source order by source), '; ') as sources
  from object_line
  group by target_group_key, target_ip, target_port, life_number
),
life as (
  select
    target_group_key, target_ip, target_port, life_number,
    min(coalesce(latest, earliest)) as first_seen,
    min(case when registered = 1 then latest end) as registered_from,
    max(case when registered = 1 then earliest end) as registered_until,
    min(case when state = 'healthy' then latest end) as healthy_from,
    max(case when state = 'healthy' then earliest end) as healthy_until,
    min(case when registered = 0 then latest end) as deregistered_latest,
    max(case when state = 'draining' then earliest end) as drained_earliest,
    min(case when registered = 0 and state <> 'draining' then latest end) as drained_latest,
    max(case when registered = 0 then coalesce(earliest, latest) end) as over_at
  from numbered
  group by target_group_key, target_ip, target_port, life_number
)
select
  l.target_group_key, l.target_ip, l.target_port, l.life_number,
  case when l.life_number = 0 then timestamp '0001-01-01 00:00:00' else l.registered_from end as begins,
  coalesce(
    lead(l.registered_from) over (
      partition by l.target_group_key, l.target_ip, l.target_port order by l.life_number
    ),
    timestamp '9999-01-01 00:00:00'
  ) as ends,
  -- From here on the next registration may have begun.
  case
    when lead(l.life_number) over (
      partition by l.target_group_key, l.target_ip, l.target_port order by l.life_number
    ) is not null then l.over_at
  end as unsure_from,
  l.registered_from, l.registered_until, l.healthy_from, l.healthy_until,
  case when l.registered_until > l.deregistered_latest then null else l.registered_until end as deregistered_earliest,
  l.deregistered_latest, l.drained_earliest, l.drained_latest, s.sources
from life l
join source s
  on s.target_group_key = l.target_group_key
  and s.target_ip = l.target_ip
  and s.target_port = l.target_port
  and s.life_number = l.life_number
