-- Title: Possible owners of a target's address, per hour with requests
-- Why: see request_hour. In an hour an address belongs to the last life that began before it, and to those that begin in it.
-- Needs: request_hour, pod_address
with address as (
  select * from pod_address
),
known_port as (
  select distinct ip, port_key from address where port_key <> -1
),
target_hour as (
  select distinct target_ip, target_port, hour from request_hour
),
owner_sweep as (
  select a.target_ip as ip, coalesce(k.port_key, -1) as port_key, a.hour as moment, 0 as is_life, a.target_port
  from target_hour a
  left join known_port k on k.ip = a.target_ip and k.port_key = a.target_port
  union all
  select ip, port_key, begins, 1, null from address
),
current_life as (
  select
    ip, port_key, target_port, moment as hour, is_life,
    max(case when is_life = 1 then moment end) over (
      partition by ip, port_key order by moment, is_life desc rows unbounded preceding
    ) as current_begins
  from owner_sweep
),
-- Twice, so that nothing above is read twice: by the moment at which the current life began, and by the hour.
candidate as (
  select
    c.ip, c.port_key, c.target_port, c.hour, c.current_begins, k.kind,
    case when k.kind = 'current' then c.current_begins else c.hour end as moment
  from current_life c
  cross join (values ('current'), ('hour')) as k (kind)
  where c.is_life = 0
),
life as (
  select a.*, k.kind, case when k.kind = 'current' then a.begins else date_trunc('hour', a.begins) end as moment
  from address a
  cross join (values ('current'), ('hour')) as k (kind)
)
select
  c.ip as target_ip, c.target_port, c.hour, c.port_key, l.life, l.begins, l.ends, l.sure_from, l.previous_life,
  l.previous_alive_until, l.previous_over_at, l.previous_deleted_latest, l.previous_gone_latest, l.earlier_over_at, l.exited_latest, l.ready_earliest,
  l.next_sure_from, l.is_shared
from candidate c
join life l
  on l.ip = c.ip and l.port_key = c.port_key and l.kind = c.kind and l.moment = c.moment
  and (c.kind = 'current' or coalesce(l.begins > c.current_begins, true))
