-- Title: Owners of each address, with the time of ownership
-- Why: addresses are reused, and a request may be routed to an address after its pod died: a dead pod keeps its address
--   until the next pod on it begins. Between that beginning and the first moment at which the new pod surely had the
--   address (`sure_from`) both are possible, so each row also knows the pod before.
--   `is_shared` says that both surely lived at the same time: two clusters, or two pods of one node.
--   `port_key` is the port where evidence on this address tells ports apart, else -1. `begins` is unique on an address.
--   A machine has its address at every port that no pod on its host network has.
--   A task on the network of its instance has the instance's address, and ports of its own there.
--   A target group that the load balancer controller made has the namespace of its Service in its name (k8s-NAMESPACE-
--   SERVICE-HASH, eight letters each): pods of other namespaces, or of another cluster's, are not its targets.
-- Needs: lives, life_fact, node_fact, target_observation
with fact as (
  select
    life, target_kind, ip, port, node, is_probe,
    max(case when ip is not null and port is null then 1 else 0 end) over (partition by life) as has_all_ports
  from (
    select distinct life, target_kind, ip, port, node, case when event = 'warned' then 1 else 0 end as is_probe
    from life_fact
  ) f
),
-- The primary address of the instance under a container instance.
instance_address as (
  select distinct c.node, split_part(i.ip, ',', 1) as ip
  from node_fact c
  join node_fact i on i.instance_id = c.instance_id
  where c.node is not null and i.ip is not null
),
address as (
  select distinct life, ip from fact where ip is not null
  union
  select f.life, i.ip
  from fact f
  join instance_address i on i.node = f.node
  where f.target_kind = 'ecs_task' and f.port is not null and f.ip is null
),
-- Groups that an address was a target of, with the namespace in their name; empty where it has none.
target_group as (
  select distinct
    target_ip as ip,
    regexp_extract(target_group_key, '(^name:|targetgroup/)k8s-([a-z0-9]{1,8})-[a-z0-9]{1,8}-[0-9a-f]{10}(/|$)', 2)
      as namespace_start
  from target_observation
),
own_port as (
  -- The port of a probe need not be that of the target: it tells pods apart where no other source has the address.
  select distinct life, target_kind, port from fact where port is not null and not (is_probe = 1 and has_all_ports = 1)
),
port as (
  select life, port
  from (select life, target_kind, port, count(*) over (partition by life) as ports from own_port) o
  where ports = 1 or target_kind = 'ecs_task'
),
known_life as (
  select
    p.life, p.target_kind, a.ip, t.port, p.name, substr(replace(p.namespace, '-', ''), 1, 8) as namespace_start, p.ready_latest, p.created_earliest, p.deleted_earliest, p.deleted_latest,
    -- A container that started had the address.
    coalesce(
      earlier(p.started_latest, p.ready_latest),
      earlier(earlier(p.created_latest, p.seen_from), earlier(p.deleted_latest, earlier(p.finished_latest, p.gone_latest)))
    ) as sure_from,
    -- Surely running until, and the last that is known of it.
    later(later(p.seen_until, p.deleted_earliest), later(p.finished_earliest, p.gone_earliest)) as alive_until,
    coalesce(earlier(p.finished_latest, p.gone_latest), p.deleted_latest, p.seen_until, p.ready_latest, p.created_latest)
      as over_at,
    coalesce(p.finished_latest, p.gone_latest, p.deleted_latest) is not null as is_end_known,
    earlier(p.finished_latest, p.gone_latest) as exited_latest, p.gone_latest, p.ready_earliest
  from lives p
  join address a on a.life = p.life
  left join port t on t.life = p.life
),
-- Of the lives of an address those in the namespace of its groups are meant, where there are such.
group_match as (
  select
    k.*, g.namespace_start = k.namespace_start as is_meant,
    g.ip is not null and g.namespace_start <> k.namespace_start and g.namespace_start <> '' as is_another_namespace
  from known_life k
  left join target_group g on g.ip = k.ip
),
ranked_match as (
  select
    m.*, max(case when is_meant then 1 else 0 end) over (partition by ip) as is_any_meant,
    max(case when is_another_namespace then 0 else 1 end) over (partition by ip, life, coalesce(port, -1)) as may_be_meant,
    row_number() over (partition by ip, life, coalesce(port, -1) order by case when is_meant then 0 else 1 end) as position
  from group_match m
),
life as (
  select * from ranked_match where position = 1 and (is_any_meant = 0 or may_be_meant = 1)
),
known_port as (
  select ip, port, max(target_kind) as target_kind from life where port is not null group by ip, port
),
machine as (
  select distinct ip from life where target_kind = 'instance'
),
port_life as (
  select
    life, ip, coalesce(port, -1) as port_key, name, ready_latest,
    -- A port of the instance is a task's from the start of its container; before that it is nobody's.
    case
      when target_kind = 'ecs_task' and port is not null then later(created_earliest, sure_from - clock_slack())
      else created_earliest
    end as created_earliest,
    deleted_earliest, deleted_latest, sure_from, alive_until, over_at, is_end_known,
    exited_latest, gone_latest, ready_earliest
  from life
  -- A port that no pod declares is the machine's: its pods on the host network have it at ports of their own.
  where port is not null or target_kind = 'instance' or ip not in (select ip from machine)
  union all
  select
    l.life, l.ip, k.port, l.name, l.ready_latest, l.created_earliest, l.deleted_earliest, l.deleted_latest, l.sure_from, l.alive_until, l.over_at, l.is_end_known, l.exited_latest,
    l.gone_latest, l.ready_earliest
  from life l
  join known_port k on k.ip = l.ip
  -- A port of a task is the task's, not its instance's.
  where l.port is null and l.target_kind <> 'instance'
),
ordered as (
  select
    s.*,
    coalesce(created_earliest, sure_from, over_at, alive_until) as known_from,
    lag(life) over w as previous_life,
    lag(alive_until) over w as previous_alive_until,
    lag(over_at) over w as previous_known_until,
    -- A pod whose end nobody saw may have lived until the next one had its address.
    case when not lag(is_end_known) over w then later(lag(over_at) over w, sure_from) else lag(over_at) over w end
      as previous_over_at,
    lag(exited_latest) over w as previous_exited_latest,
    lag(deleted_latest) over w as previous_deleted_latest,
    lag(gone_latest) over w as previous_gone_latest,
    -- Of all that began before, not of the last one alone: a pod of another cluster may outlive several.
    max(earlier(alive_until, exited_latest)) over before as earlier_alive_until,
    max(over_at) over before as earlier_over_at,
    lead(sure_from) over w as next_sure_from
  from port_life s
  window
    w as (partition by ip, port_key order by coalesce(created_earliest, sure_from, over_at, alive_until), life),
    before as (
      partition by ip, port_key order by coalesce(created_earliest, sure_from, over_at, alive_until), life
      rows between unbounded preceding and 1 preceding
    )
),
life_start as (
  select
    o.*,
    case
      when created_earliest is not null then created_earliest
      when previous_life is null then timestamp '0001-01-01 00:00:00'
      else earlier(known_from, previous_known_until)
    end as begins
  from ordered o
),
ended as (
  select
    b.*,
    coalesce(
      lead(begins) over (partition by ip, port_key order by known_from, life), timestamp '9999-01-01 00:00:00'
    ) as ends
  from life_start b
)
select
  ip, port_key, life, name, ready_latest, deleted_earliest, deleted_latest, begins, ends, sure_from, exited_latest, ready_earliest, next_sure_from, previous_life, previous_alive_until,
  previous_over_at, previous_deleted_latest, previous_gone_latest, earlier_over_at,
  coalesce(earlier_alive_until > sure_from + clock_slack(), false) as is_shared
from ended
where begins < ends
