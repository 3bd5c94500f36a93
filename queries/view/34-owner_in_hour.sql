-- Title: The lives that a target's address may belong to, per hour in which it was asked
-- Why: see request_hour. In an hour an address belongs to the last life that began before it, and to those that begin in it.
-- Needs: request_hour, pod_address
with address as (
  select * from pod_address
),
known_port as (
  select distinct ip, port_key from address where port_key <> -1
),
slot as (
  select distinct h.target_ip, h.target_port, coalesce(k.port_key, -1) as port_key, h.hour
  from request_hour h
  left join known_port k on k.ip = h.target_ip and k.port_key = h.target_port
),
line as (
  select distinct target_ip as ip, port_key, hour as moment, 0 as is_life from slot
  union all
  select ip, port_key, begins, 1 from address
),
current_life as (
  select
    ip, port_key, moment as hour, is_life,
    max(case when is_life = 1 then moment end) over (
      partition by ip, port_key order by moment, is_life desc rows unbounded preceding
    ) as begins
  from line
),
candidate as (
  select ip, port_key, hour, begins from current_life where is_life = 0 and begins is not null
  union
  select ip, port_key, date_trunc('hour', begins), begins from address
)
select
  s.target_ip, s.target_port, s.hour, a.life, a.begins, a.ends, a.sure_from, a.previous_life, a.previous_alive_until,
  a.previous_over_at, a.previous_deleted_latest, a.previous_gone_latest
from slot s
join candidate c on c.ip = s.target_ip and c.port_key = s.port_key and c.hour = s.hour
join address a on a.ip = c.ip and a.port_key = c.port_key and a.begins = c.begins
