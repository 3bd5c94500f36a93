-- Title: Possible registrations of a target, per hour with requests
-- Why: see request_hour. The target's own group counts, by ARN, else by name; where no evidence names it, what is said of
--   the target without a group.
-- Needs: request_hour, target_life
with registration as (
  select * from target_life where begins < ends
),
known as (
  select distinct target_group_key, target_ip, target_port from registration
),
ranked as (
  select
    h.group_key, h.target_ip, h.target_port, h.hour, k.target_group_key as known_group, k.target_port as known_port,
    row_number() over (
      partition by h.group_key, h.target_ip, h.target_port, h.hour
      order by
        case when k.target_group_key = h.group_key then 0 when k.target_group_key = '' then 2 else 1 end,
        case when k.target_port = h.target_port then 0 else 1 end
    ) as position
  from request_hour h
  join known k
    on k.target_ip = h.target_ip
    and (k.target_port = h.target_port or k.target_port = -1)
    and (
      k.target_group_key = h.group_key or k.target_group_key = 'name:' || split_part(h.group_key, '/', 2)
      or k.target_group_key = ''
    )
),
registration_sweep as (
  select known_group, target_ip, known_port, hour as moment, 0 as is_life, group_key, target_port
  from ranked
  where position = 1
  union all
  select target_group_key, target_ip, target_port, begins, 1, null, null from registration
),
current_life as (
  select
    known_group, target_ip, known_port, group_key, target_port, moment as hour, is_life,
    max(case when is_life = 1 then moment end) over (
      partition by known_group, target_ip, known_port order by moment, is_life desc rows unbounded preceding
    ) as current_begins
  from registration_sweep
),
-- Twice, as in owner_in_hour.
candidate as (
  select
    c.known_group, c.target_ip, c.known_port, c.group_key, c.target_port, c.hour, c.current_begins, k.kind,
    case when k.kind = 'current' then c.current_begins else c.hour end as moment
  from current_life c
  cross join (values ('current'), ('hour')) as k (kind)
  where c.is_life = 0
),
life as (
  select r.*, k.kind, case when k.kind = 'current' then r.begins else date_trunc('hour', r.begins) end as moment
  from registration r
  cross join (values ('current'), ('hour')) as k (kind)
)
select
  c.group_key, c.target_ip, c.target_port, c.hour, l.target_group_key, l.life_number, l.begins, l.ends, l.unsure_from,
  l.registered_earliest, l.registered_from, l.healthy_from, l.healthy_until, l.deregistered_earliest,
  l.deregistered_latest, l.deregistered_by, l.deregistered_actor, l.zone, l.drained_earliest, l.drained_latest, l.sources
from candidate c
join life l
  on l.target_group_key = c.known_group and l.target_ip = c.target_ip and l.target_port = c.known_port
  and l.kind = c.kind and l.moment = c.moment
  and (c.kind = 'current' or coalesce(l.begins > c.current_begins, true))
