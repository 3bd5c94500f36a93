-- Title: Each fact of a pod, a task or an instance with the life it belongs to
-- Why: sources name a pod differently. Some know its uid, a hand-written CSV its namespace and name, a terminal transcript
--   only its name. A life is a uid; a fact without one joins the only life of that name (and address, where it has one)
--   that existed at its time, and is else of a life of its own. There a name that is used again (StatefulSet) begins a new
--   life with each `created` after an end. Nothing here depends on the order in which facts were loaded.
-- Needs: pod_fact, instance_fact
with uid_fact as (
  select uid, namespace, name, lower(ip) as ip, event, earliest, latest from pod_fact where uid is not null
),
uid_extent as (
  select
    uid, max(namespace) as namespace, max(name) as name, min(ip) as ip, max(ip) as second_ip,
    min(case when event = 'created' then coalesce(earliest, latest) end) as created_at,
    max(case when event = 'gone' then coalesce(latest, earliest) end) as gone_at
  from uid_fact
  group by uid
),
-- A name is free again before the next pod has it.
uid_life as (
  select
    u.*,
    earlier(gone_at, lead(created_at) over (partition by namespace, name order by created_at, uid)) as over_at,
    -- A name with a random suffix is never given again: whatever time a source puts beside it.
    count(*) over (partition by name) = 1 and regexp_replace(name, '-[0-9]{1,4}$', '') = name as is_only_life
  from uid_extent u
),
-- A name that one namespace alone uses needs no namespace.
only_namespace as (
  select name, max(namespace) as namespace
  from pod_fact
  where namespace is not null
  group by name
  having count(distinct namespace) = 1
),
nameless as (
  select
    f.*, coalesce(f.namespace, h.namespace, '') as namespace_key, coalesce(lower(f.ip), '') as ip_key,
    coalesce(f.earliest, f.latest) as low, coalesce(f.latest, f.earliest) as high
  from pod_fact f
  left join only_namespace h on h.name = f.name
  where f.uid is null
),
-- Such facts once each: equal ones share a life.
distinct_fact as (
  select distinct namespace_key, name, ip_key, low, high from nameless
),
attached as (
  select t.namespace_key, t.name, t.ip_key, t.low, t.high, max(u.uid) as uid
  from distinct_fact t
  join uid_life u
    on u.name = t.name
    and (t.namespace_key = '' or u.namespace is null or u.namespace = t.namespace_key)
    and (t.ip_key = '' or u.ip is null or u.ip = t.ip_key or u.second_ip = t.ip_key)
    and (
      u.is_only_life
      or (u.created_at is null or u.created_at <= t.high) and (u.over_at is null or u.over_at >= t.low)
    )
  group by t.namespace_key, t.name, t.ip_key, t.low, t.high
  having count(*) = 1
),
attached_fact as (
  select n.*, a.uid as attached_uid
  from nameless n
  left join attached a
    on a.namespace_key = n.namespace_key and a.name = n.name and a.ip_key = n.ip_key and a.low = n.low and a.high = n.high
),
-- A name that had one address alone had it in every fact.
address as (
  select namespace_key, name, max(ip_key) as ip
  from attached_fact
  where attached_uid is null and ip_key <> ''
  group by namespace_key, name
  having count(distinct ip_key) = 1
),
unattached as (
  select
    p.*, case when p.ip_key = '' then coalesce(a.ip, '') else p.ip_key end as own_ip,
    case when p.event in ('deleted', 'stopping', 'finished', 'gone') then p.high else p.low end as moment
  from attached_fact p
  left join address a on a.namespace_key = p.namespace_key and a.name = p.name
  where p.attached_uid is null
),
instant as (
  select
    namespace_key, name, own_ip, moment,
    max(case when event = 'created' then 1 else 0 end) as begins,
    max(case when event in ('deleted', 'finished', 'gone') then 1 else 0 end) as ends
  from unattached
  group by namespace_key, name, own_ip, moment
),
before as (
  select
    i.*,
    max(case when ends = 1 then moment end) over earlier_instant as last_end,
    max(case when begins = 1 then moment end) over earlier_instant as last_created
  from instant i
  window earlier_instant as (
    partition by namespace_key, name, own_ip order by moment rows between unbounded preceding and 1 preceding
  )
),
numbered as (
  select
    b.*,
    sum(
      -- Created after the name's last end, and the first to say so.
      case when begins = 1 and moment > last_end and coalesce(last_created <= last_end, true) then 1 else 0 end
    ) over (partition by namespace_key, name, own_ip order by moment rows unbounded preceding) as life_number
  from before b
)
select
  uid as life, coalesce(target_kind, 'pod') as target_kind, version, object_id, line, event, earliest, latest, uid, namespace, name, lower(ip) as ip, port, node, owner_kind,
  owner_name, zone, container, container_ports, other_ports, restart_count, exit_code, reason, detail, actor, images,
  termination_grace_period_seconds, pre_stop_seconds
from pod_fact
where uid is not null
union all
select
  attached_uid, coalesce(target_kind, 'pod'), version, object_id, line, event, earliest, latest, attached_uid, nullif(namespace_key, ''), name,
  nullif(ip_key, ''), port, node, owner_kind, owner_name, zone, container, container_ports, other_ports, restart_count,
  exit_code, reason, detail, actor, images, termination_grace_period_seconds, pre_stop_seconds
from attached_fact
where attached_uid is not null
union all
select
  p.namespace_key || '/' || p.name || '@' || p.own_ip || '#' || cast(n.life_number as varchar),
  coalesce(p.target_kind, 'pod'), p.version, p.object_id, p.line, p.event, p.earliest, p.latest, null, nullif(p.namespace_key, ''), p.name, nullif(p.own_ip, ''),
  p.port, p.node, p.owner_kind, p.owner_name, p.zone, p.container, p.container_ports, p.other_ports, p.restart_count,
  p.exit_code, p.reason, p.detail, p.actor, p.images,
  p.termination_grace_period_seconds, p.pre_stop_seconds
from unattached p
join numbered n
  on n.namespace_key = p.namespace_key and n.name = p.name and n.own_ip = p.own_ip and n.moment = p.moment
union all
select
  f.life, 'instance', null, f.object_id, f.line, f.life_event,
  -- That it was not ready says that it was there by then.
  case when f.event <> 'unready' then f.earliest end,
  -- A machine that shuts down serves until some time after that began.
  case when f.life_event = 'finished' then case when f.gone_by >= f.earliest then f.gone_by end else f.latest end,
  f.life, null, f.life, nullif(split_part(f.ip, ',', k.position), ''), null, f.node,
  case when f.group_name is not null then 'AutoScalingGroup' end, f.group_name, f.zone, null, null, null,
  -- Status checks that pass say that the machine itself runs.
  case when f.event = 'ready' and f.node is null then 0 end, null,
  f.why_gone, f.detail, null, null, null, null
from instance_fact f
cross join (values (1), (2)) as k (position)
where f.life_event is not null and (f.event <> 'unready' or f.latest is not null) and (k.position = 1 or f.ip like '%,%')
  and (f.life_event <> 'finished' or f.earliest is not null)
