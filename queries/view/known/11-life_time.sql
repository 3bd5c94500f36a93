-- Title: Each fact of a life, with the kind of its source, and whether its time agrees with the one that is believed
-- Why: sources contradict each other. A source that a machine wrote is believed before one that a person wrote; of those
--   the narrowest interval; of equally narrow ones that of the source that is trusted most (docs/evidence.md), then the
--   first. Of `ready`, which may happen again, the first is believed. What overlaps the believed interval agrees with it.
--   An end without a container is the end of the container that ended last. The order of loading decides nothing.
-- Needs: life_fact, log_object
with sourced as (
  select
    f.*, coalesce(o.kind, '') as source,
    coalesce(o.kind || ' ' || o.uri, 'object ' || cast(f.object_id as varchar)) as object,
    case
      when f.event = 'grace_end' then 9
      when o.kind like '%audit%' then 1
      when o.kind like 'kubectl_pods_json%' or o.kind like '%watch%' then 2
      when o.kind like '%event%' then 3
      when o.kind like '%slice%' then 4
      when o.kind like '%prometheus%' then 5
      when o.kind = 'probe_transcript' or o.kind like '%table%' then 6
      when o.kind = 'pods_csv' then 7
      else 8
    end as trust
  from life_fact f
  left join log_object o on o.object_id = f.object_id
),
-- The container that ended last, of those that have a name, and the grace period: one row of each life. Few columns,
-- because a window costs what its rows are wide.
of_life as (
  select
    life, case when event = 'finished' and container <> '' then container end as container,
    row_number() over (
      partition by life
      order by
        case when event = 'finished' and container <> '' then 0 else 1 end, coalesce(latest, earliest) desc, container
    ) as position,
    max(termination_grace_period_seconds) over (partition by life) as grace_seconds
  from sourced
),
stated as (
  select
    s.life, s.target_kind, s.version, s.object_id, s.line, s.object, s.source, s.trust, s.uid, s.namespace, s.name, s.ip, s.port, s.node, s.zone,
    s.owner_kind, s.owner_name, s.images, s.actor, s.reason, s.detail, s.termination_grace_period_seconds, s.pre_stop_seconds,
    s.container_ports, s.other_ports, s.restart_count,
    case
      when s.event = 'finished' then coalesce(nullif(s.container, ''), l.container, '')
      else coalesce(s.container, '')
    end as container,
    case when s.event = 'grace_end' then 'deleted' else s.event end as event,
    case
      when s.event <> 'grace_end' then s.earliest
      when l.grace_seconds is not null then s.earliest - l.grace_seconds * interval '1' second
    end as earliest,
    case
      -- Only the end of the grace period is known: the request lies a grace period before, or at least before.
      when s.event = 'grace_end' then s.latest - coalesce(l.grace_seconds, 0) * interval '1' second
      else s.latest
    end as latest
  from sourced s
  join of_life l on l.life = s.life and l.position = 1
),
believed as (
  select
    s.*,
    first_value(earliest) over best_first as believed_earliest,
    first_value(latest) over best_first as believed_latest,
    first_value(source) over best_first as believed_source
  from stated s
  window best_first as (
    partition by life, event, container
    order by
      -- Handwritten sources come last.
      case when trust in (6, 7, 8) then 1 else 0 end,
      case when event <> 'ready' then seconds_between(earliest, latest) end nulls last,
      case when event = 'ready' then coalesce(latest, earliest) end nulls last,
      trust, coalesce(latest, earliest), coalesce(earliest, latest), source
    rows unbounded preceding
  )
)
select
  life, target_kind, version, object_id, line, object, source, trust, uid, namespace, name, ip, port, node, zone, owner_kind, owner_name, images,
  actor, reason, detail, termination_grace_period_seconds, pre_stop_seconds, container_ports, other_ports, restart_count, container,
  event, earliest, latest, believed_earliest, believed_latest, believed_source,
  coalesce(earliest <= believed_latest, true) and coalesce(latest >= believed_earliest, true) as agrees
from believed
