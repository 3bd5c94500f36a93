-- Title: Each observation of a target, its registration state, and the registration that it belongs to
-- Why: calls (target_change), answers of describe-target-health (target_state) and health checks have different forms. A
--   call without a port stands for every port of its address. An absent target group is filled in where its target is
--   known in one group only; a health check log has the group's name, which is the second part of its ARN. A target that
--   is registered again begins a new registration (`life_number`): by a call; by a listing that shows it as `initial` after
--   one that showed it going; by any other listing later than listing_lag() after the deregistration. An earlier one is
--   behind, and so is one that shows a target going within listing_lag() after the call that registered it. A health check
--   may be on its way for long: it begins no registration.
-- Needs: target_state, target_change, health_check, instance_fact
with machine as (
  -- Addresses of instances, which are never given to another one.
  select instance_id, max(split_part(ip, ',', 1)) as ip
  from instance_fact
  where instance_id is not null and ip is not null
  group by instance_id
),
named as (
  select distinct target_group_arn from target_state where target_group_arn is not null
  union
  select distinct target_group_arn from target_change where target_group_arn is not null
),
arn_of_name as (
  select split_part(target_group_arn, '/', 2) as name, max(target_group_arn) as target_group_arn
  from named
  group by split_part(target_group_arn, '/', 2)
  having count(*) = 1
),
stated as (
  select
    'state' as kind, s.object_id, s.line, s.state, cast(null as varchar) as actor, s.zone, s.earliest, s.latest, s.target_group_arn as group_key,
    lower(coalesce(s.target_ip, m.ip)) as target_ip, s.target_port,
    -- Target.NotInUse is registered, in a group that no listener uses.
    case
      when s.state in ('draining', 'absent') then 0
      when s.state = 'unused' and coalesce(s.reason, '') <> 'Target.NotInUse' then 0
      else 1
    end as registered
  from target_state s
  left join machine m on s.target_ip is null and m.instance_id = s.instance_id
  where s.target_ip is not null or m.ip is not null
  union all
  select
    'call', c.object_id, c.line, c.event, c.actor, null, c.earliest, c.latest, c.target_group_arn,
    lower(coalesce(c.target_ip, m.ip)), c.target_port, case when c.event = 'registered' then 1 else 0 end
  from target_change c
  left join machine m on c.target_ip is null and m.instance_id = c.instance_id
  where c.target_ip is not null or m.ip is not null
  union all
  select
    'check', h.object_id, h.line, case when h.status = 'PASS' then 'healthy' else 'unhealthy' end, null, null, h.earliest,
    h.latest,
    coalesce(a.target_group_arn, 'name:' || h.target_group_name), lower(h.target_ip), h.target_port, 1
  from health_check h
  left join arn_of_name a on a.name = h.target_group_name
),
-- In which groups a target is known, by address: a call may name no port.
only_group as (
  select target_ip, max(group_key) as group_key, count(distinct group_key) as groups
  from stated
  where group_key is not null
  group by target_ip
),
grouped as (
  select target_ip, target_port, max(group_key) as group_key, count(distinct group_key) as groups
  from stated
  where group_key is not null and target_port is not null
  group by target_ip, target_port
),
in_group as (
  select
    s.kind, s.object_id, s.line, s.state, s.actor, s.zone, s.earliest, s.latest, s.target_ip, s.target_port, s.registered,
    coalesce(s.group_key, g.group_key, case when o.groups = 1 then o.group_key end, '') as target_group_key
  from stated s
  left join grouped g on g.target_ip = s.target_ip and g.target_port = s.target_port
  left join only_group o on o.target_ip = s.target_ip and s.target_port is null
  -- An observation without a group is not assigned to a target of several groups.
  where s.group_key is not null or coalesce(g.groups, o.groups, 0) <= 1
),
known_port as (
  select distinct target_group_key, target_ip, target_port from in_group where target_port is not null
),
port_observation as (
  select
    p.kind, p.object_id, p.line, p.state, p.actor, p.zone, p.earliest, p.latest, p.target_group_key, p.target_ip, p.registered,
    coalesce(p.target_port, k.target_port, -1) as target_port,
    case
      when p.registered = 1 then coalesce(p.earliest, p.latest)
      else coalesce(p.latest, p.earliest)
    end as moment
  from in_group p
  left join known_port k
    on p.target_port is null and k.target_group_key = p.target_group_key and k.target_ip = p.target_ip
),
-- Only calls and listings turn a registration into the next.
listing_or_call as (
  select distinct target_group_key, target_ip, target_port, moment, registered, kind, state
  from port_observation
  where kind <> 'check'
),
followed as (
  select
    t.*, lag(kind) over w as previous_kind, lag(registered) over w as previous_registered, lag(moment) over w as previous_moment
  from listing_or_call t
  window w as (partition by target_group_key, target_ip, target_port order by moment, registered desc, kind, state)
),
-- A listing just after a registering call may show the state before the call.
marked as (
  select
    target_group_key, target_ip, target_port, moment, registered, kind, state,
    coalesce(
      kind = 'state' and registered = 0 and previous_kind = 'call' and previous_registered = 1
        and moment <= previous_moment + listing_lag(),
      false
    ) as is_behind
  from followed
),
current_one as (
  select
    m.*, lag(kind) over w as previous_kind, lag(registered) over w as previous_registered, lag(moment) over w as previous_moment
  from marked m
  window w as (partition by target_group_key, target_ip, target_port, is_behind order by moment, registered desc, kind, state)
),
turn_mark as (
  select
    c.*,
    case
      when registered = 1 and previous_registered = 0 and (
        kind = 'call' or state = 'initial' and previous_kind = 'state' or moment > previous_moment + listing_lag()
      ) then 1
      else 0
    end as turn
  from current_one c
),
numbered as (
  select
    target_group_key, target_ip, target_port, moment, registered, kind, state,
    sum(turn) over (
      partition by target_group_key, target_ip, target_port order by moment, registered desc, kind, state
      rows unbounded preceding
    ) - case when is_behind then 1 else 0 end as life_number
  from turn_mark
),
-- A health check belongs to the registration of its moment.
timeline as (
  select
    s.*, n.life_number as own_number
  from port_observation s
  left join numbered n
    on n.target_group_key = s.target_group_key and n.target_ip = s.target_ip and n.target_port = s.target_port
    and n.moment = s.moment and n.registered = s.registered and n.kind = s.kind
    and n.state is not distinct from s.state
)
select
  kind, object_id, line, state, actor, zone, registered, earliest, latest, moment, target_group_key, target_ip, target_port,
  coalesce(
    own_number,
    max(own_number) over (
      partition by target_group_key, target_ip, target_port order by moment range unbounded preceding
    ),
    0
  ) as life_number
from timeline
