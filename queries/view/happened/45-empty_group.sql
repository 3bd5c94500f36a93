-- Title: The story of a group without targets, for each moment of a 503
-- Why: names the last target, who deregistered it and when, and the time of the next registration.
-- Column: left_target, left_at, left_by -- the last target that was deregistered before, when, and who did it
-- Column: left_life, left_pod, left_pod_lives -- the pod at its address, and whether that was not being deleted
-- Column: next_target, next_at -- the next target that was registered
-- Column: next_life, next_pod, next_ready_at -- the pod at its address, and when that was ready
-- Needs: failure, target_life, pod_address
with point as (
  select distinct target_group_arn as group_key, request_creation_time as moment
  from failure
  where mechanism = 'no_target' and target_group_arn is not null and request_creation_time is not null
),
address as (
  select ip, port_key, life, name, ready_latest, deleted_earliest, deleted_latest, begins, ends from pod_address
),
registration as (
  select
    target_group_key, target_ip, target_port, life_number, coalesce(deregistered_latest, deregistered_earliest) as left_at,
    deregistered_actor, coalesce(registered_earliest, registered_from) as came_at
  from target_life
),
sweep as (
  select group_key, moment, 0 as kind from point
  union all
  select r.target_group_key, case when k.kind = 1 then r.left_at else r.came_at end, k.kind
  from registration r
  cross join (values (1), (2)) as k (kind)
  where case when k.kind = 1 then r.left_at else r.came_at end is not null
),
around as (
  select
    group_key, moment, kind,
    max(case when kind = 1 then moment end) over (
      partition by group_key order by moment, kind desc rows unbounded preceding
    ) as left_at,
    min(case when kind = 2 then moment end) over (
      partition by group_key order by moment desc, kind desc rows unbounded preceding
    ) as next_at
  from sweep
),
-- Of targets that went or came in the same moment, one.
named as (
  select
    a.group_key, a.moment, a.left_at, a.next_at, l.target_ip as left_ip, l.target_port as left_port,
    l.deregistered_actor as left_by, n.target_ip as next_ip, n.target_port as next_port,
    row_number() over (partition by a.group_key, a.moment order by l.target_ip, l.target_port, n.target_ip, n.target_port)
      as position
  from around a
  left join registration l on l.target_group_key = a.group_key and l.left_at = a.left_at
  left join registration n on n.target_group_key = a.group_key and n.came_at = a.next_at
  where a.kind = 0
),
owned as (
  select
    n.group_key, n.moment, n.left_at, n.left_ip, n.left_port, n.left_by, n.next_at, n.next_ip, n.next_port,
    o.life as left_life, o.name as left_pod,
    o.life is not null and coalesce(o.deleted_earliest > n.moment, o.deleted_latest is null) as left_pod_lives,
    p.life as next_life, p.name as next_pod, p.ready_latest as next_ready_at,
    row_number() over (partition by n.group_key, n.moment order by o.port_key desc, p.port_key desc) as choice
  from named n
  left join address o
    on o.ip = n.left_ip and (o.port_key = n.left_port or o.port_key = -1) and o.begins <= n.left_at and o.ends > n.left_at
  left join address p
    on p.ip = n.next_ip and (p.port_key = n.next_port or p.port_key = -1) and p.begins <= n.next_at and p.ends > n.next_at
  where n.position = 1
)
select
  group_key, moment, left_at, left_ip || ':' || cast(left_port as varchar) as left_target, left_by, left_life, left_pod,
  left_pod_lives, next_at, next_ip || ':' || cast(next_port as varchar) as next_target, next_life, next_pod, next_ready_at
from owned
where choice = 1
