-- Title: Each fact of a pod with the life it belongs to
-- Why: sources name a pod differently. Some know its uid, a hand-written CSV its namespace and name, a terminal transcript
--   only its name. A life is a uid; facts without one join the only life that has their name, and are else a life of
--   their own. A name that is used again (StatefulSet) begins a new life with each `created` after a deletion.
-- Needs: pod_fact
with uid_life as (
  select uid, max(namespace) as namespace, max(name) as name, max(lower(ip)) as ip
  from pod_fact
  where uid is not null
  group by uid
),
-- A name that one namespace alone uses needs no namespace.
home as (
  select name, max(namespace) as namespace
  from pod_fact
  where namespace is not null
  group by name
  having count(distinct namespace) = 1
),
nameless as (
  select f.*, coalesce(f.namespace, h.namespace) as home_namespace
  from pod_fact f
  left join home h on h.name = f.name
  where f.uid is null
),
-- And a name that had one address alone had it in every fact.
address as (
  select home_namespace, name, max(lower(ip)) as ip
  from nameless
  where ip is not null
  group by home_namespace, name
  having count(distinct lower(ip)) = 1
),
placed as (
  select
    n.*,
    coalesce(lower(n.ip), a.ip) as home_ip,
    case
      when n.event in ('deleted', 'finished', 'gone') then coalesce(n.latest, n.earliest)
      else coalesce(n.earliest, n.latest)
    end as moment
  from nameless n
  left join address a on a.name = n.name and a.home_namespace is not distinct from n.home_namespace
),
before as (
  select
    p.*,
    max(case when event in ('deleted', 'finished', 'gone') then moment end) over earlier_fact as last_end,
    max(case when event = 'created' then moment end) over earlier_fact as last_created
  from placed p
  window earlier_fact as (
    partition by home_namespace, name, home_ip
    order by moment, object_id, line
    rows between unbounded preceding and 1 preceding
  )
),
turned as (
  select
    p.*,
    case
      -- Created after the name's last end, and the first to say so.
      when event = 'created' and moment > last_end and coalesce(last_created <= last_end, true)
      then 1
      else 0
    end as turn
  from before p
),
numbered as (
  select
    t.*,
    sum(turn) over (
      partition by home_namespace, name, home_ip order by moment, object_id, line rows unbounded preceding
    ) as life_number
  from turned t
),
name_life as (
  select home_namespace, name, home_ip, max(life_number) as last_number
  from numbered
  group by home_namespace, name, home_ip
),
attached as (
  select n.home_namespace, n.name, n.home_ip, max(u.uid) as uid
  from name_life n
  join uid_life u
    on u.name = n.name
    and (u.namespace = n.home_namespace or u.namespace is null or n.home_namespace is null)
    and (u.ip = n.home_ip or u.ip is null or n.home_ip is null)
  where n.last_number = 0
  group by n.home_namespace, n.name, n.home_ip
  having count(*) = 1
)
select
  uid as life, object_id, line, event, earliest, latest, uid, namespace, name, lower(ip) as ip, port, node, owner_kind,
  owner_name, container, exit_code, reason, detail, actor, images, termination_grace_period_seconds, pre_stop_seconds
from pod_fact
where uid is not null
union all
select
  coalesce(
    a.uid,
    coalesce(n.home_namespace, '') || '/' || n.name || '@' || coalesce(n.home_ip, '') || '#'
      || cast(n.life_number as varchar)
  ),
  n.object_id, n.line, n.event, n.earliest, n.latest, a.uid, n.home_namespace, n.name, n.home_ip, n.port, n.node,
  n.owner_kind, n.owner_name, n.container, n.exit_code, n.reason, n.detail, n.actor, n.images, n.termination_grace_period_seconds, n.pre_stop_seconds
from numbered n
left join attached a
  on a.name = n.name
  and a.home_namespace is not distinct from n.home_namespace
  and a.home_ip is not distinct from n.home_ip
