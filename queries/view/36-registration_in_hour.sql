-- Title: The registrations that a target may stand in, per hour in which it was asked
-- Why: see request_hour. The target's own group counts, by ARN, else by name; where no evidence names it, what is said of
--   the target without a group.
-- Needs: request_hour, target_life
with registration as (
  select * from target_life where begins < ends
),
asked_hour as (
  select * from request_hour
),
known as (
  select distinct target_group_key, target_ip, target_port from registration
),
asked as (
  select distinct group_key, target_ip, target_port from asked_hour
),
ranked as (
  select
    a.group_key, a.target_ip, a.target_port, k.target_group_key as known_group, k.target_port as known_port,
    row_number() over (
      partition by a.group_key, a.target_ip, a.target_port
      order by
        case when k.target_group_key = a.group_key then 0 when k.target_group_key = '' then 2 else 1 end,
        case when k.target_port = a.target_port then 0 else 1 end
    ) as position
  from asked a
  join known k
    on k.target_ip = a.target_ip
    and (k.target_port = a.target_port or k.target_port = -1)
    and (
      k.target_group_key = a.group_key or k.target_group_key = 'name:' || split_part(a.group_key, '/', 2)
      or k.target_group_key = ''
    )
),
slot as (
  select h.group_key, h.target_ip, h.target_port, h.hour, r.known_group, r.known_port
  from asked_hour h
  join ranked r
    on r.group_key = h.group_key and r.target_ip = h.target_ip and r.target_port = h.target_port and r.position = 1
),
line as (
  select distinct known_group, target_ip, known_port, hour as moment, 0 as is_life from slot
  union all
  select target_group_key, target_ip, target_port, begins, 1 from registration
),
current_life as (
  select
    known_group, target_ip, known_port, moment as hour, is_life,
    max(case when is_life = 1 then moment end) over (
      partition by known_group, target_ip, known_port order by moment, is_life desc rows unbounded preceding
    ) as begins
  from line
),
candidate as (
  select known_group, target_ip, known_port, hour, begins from current_life where is_life = 0 and begins is not null
  union
  select target_group_key, target_ip, target_port, date_trunc('hour', begins), begins from registration
)
select
  s.group_key, s.target_ip, s.target_port, s.hour, t.target_group_key, t.life_number, t.begins, t.ends, t.unsure_from,
  t.registered_earliest, t.registered_from, t.healthy_from, t.healthy_until, t.deregistered_earliest,
  t.deregistered_latest, t.deregistered_by, t.drained_earliest, t.drained_latest, t.sources
from slot s
join candidate c
  on c.known_group = s.known_group and c.target_ip = s.target_ip and c.known_port = s.known_port and c.hour = s.hour
join registration t
  on t.target_group_key = c.known_group and t.target_ip = c.target_ip and t.target_port = c.known_port
  and t.begins = c.begins
