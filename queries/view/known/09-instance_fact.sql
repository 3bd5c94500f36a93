-- Title: Each fact of an instance or a node with the life it belongs to
-- Why: sources name a machine differently: by the id of the instance, by the name of the node, by both. A node's name stands
--   for an instance from the first time that a source says so until the name is given to another. By default a name holds
--   the address (ip-10-0-1-2.) or the id (i-0123.): that counts where no source says more. `life_event` is what the fact
--   means for the life of a target: its end begins with the first sign after the machine was last seen
--   healthy. A lost machine was not removed, even if its object was removed later.
-- Column: life -- identity of the machine: its instance id, else the name of its node
-- Column: life_event -- seen, deleted, finished or gone, as of a pod; NULL if the fact is not about the life
-- Column: why_gone -- why it was removed: consolidation, spot, drift, expiry, scale-down, refresh, maintenance, unhealthy or by hand
-- Column: gone_by -- latest time at which the machine or its object was gone
-- Needs: node_fact
with fact as (
  select
    f.*, coalesce(f.earliest, f.latest) as moment, coalesce(f.latest, f.earliest) as known_by,
    coalesce(f.instance_id, case when f.node like 'i-%' then split_part(f.node, '.', 1) end) as own_id,
    case when f.node like 'ip-%-%-%-%' then replace(substr(split_part(f.node, '.', 1), 4), '-', '.') end as named_ip
  from node_fact f
),
known as (
  select node, own_id, min(moment) as begins
  from fact
  where node is not null and own_id is not null
  group by node, own_id
),
followed as (
  select
    node, own_id, begins,
    row_number() over (partition by node order by begins, own_id) as number,
    lead(begins) over (partition by node order by begins, own_id) as next_begins
  from known
),
identified as (
  select
    f.*, coalesce(f.own_id, k.own_id) as known_id
  from fact f
  left join followed k
    on f.own_id is null and k.node = f.node
    and (k.number = 1 or k.begins <= f.moment) and coalesce(k.next_begins > f.moment, true)
),
named as (
  select
    i.*, coalesce(known_id, node) as life,
    max(node) over (partition by coalesce(known_id, node)) as any_node,
    max(ip) over (partition by coalesce(known_id, node)) as any_ip,
    max(named_ip) over (partition by coalesce(known_id, node)) as any_named_ip,
    max(zone) over (partition by coalesce(known_id, node)) as any_zone,
    max(group_name) over (partition by coalesce(known_id, node)) as any_group,
    -- Some sources know only that it runs, which it also does while it goes.
    max(case when event = 'seen' and (detail is null or detail = 'InService') then earliest end) over (
      partition by coalesce(known_id, node)
    ) as well_until,
    max(case when event = 'ready' then moment end) over (partition by coalesce(known_id, node)) as ready_at,
    max(case when event = 'unready' then known_by end) over (partition by coalesce(known_id, node)) as unready_at
  from identified i
),
leaving as (
  select
    n.*,
    event in ('going', 'deregistering', 'stopping') and coalesce(known_by >= well_until, true) as is_leaving
  from named n
),
first_leaving as (
  select
    l.*,
    min(case when is_leaving then known_by end) over (partition by life) as leaving_by,
    min(case when event = 'gone' then latest end) over (partition by life) as gone_by,
    max(
      case
        when (is_leaving or event = 'gone') and reason in (
          'consolidation', 'spot', 'drift', 'expiry', 'scale-down', 'refresh', 'maintenance', 'unhealthy', 'by hand'
        ) then reason
      end
    ) over (partition by life) as why_gone
  from leaving l
)
select
  life, object_id, line, event, earliest, latest, known_id as instance_id, any_node as node,
  lower(coalesce(any_ip, any_named_ip)) as ip, any_zone as zone, any_group as group_name, reason, detail, why_gone,
  gone_by,
  case
    when event in ('seen', 'ready', 'unready') then 'seen'
    when is_leaving and moment <= leaving_by then 'deleted'
    when event = 'stopping' and is_leaving then 'finished'
    when event = 'gone' and leaving_by is null and unready_at is not null and coalesce(ready_at < unready_at, true) then null
    when event = 'gone' then 'gone'
  end as life_event
from first_leaving
