-- Title: Each fact of a life, with the kind of its source, and whether its time agrees with the one that is believed
-- Why: sources contradict each other. Believed is the narrowest interval; of equally narrow ones that of the source that is
--   trusted most (docs/evidence.md), then the first. Of `ready`, which may happen again, the first is believed. What
--   overlaps the believed interval agrees with it. The order of loading decides nothing.
-- Needs: life_fact, log_object
with sourced as (
  select
    f.*, coalesce(o.kind, '') as source,
    coalesce(o.kind || ' ' || o.uri, 'object ' || cast(f.object_id as varchar)) as object,
    max(f.termination_grace_period_seconds) over (partition by f.life) as grace_seconds,
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
said as (
  select
    life, object_id, line, object, source, trust, uid, namespace, name, ip, port, node, owner_kind, owner_name, images,
    actor, reason, termination_grace_period_seconds, pre_stop_seconds, coalesce(container, '') as container,
    case when event = 'grace_end' then 'deleted' else event end as event,
    case
      when event <> 'grace_end' then earliest
      when grace_seconds is not null then earliest - grace_seconds * interval '1' second
    end as earliest,
    case
      -- Only the end of the grace period is known: the request lies a grace period before, or at least before.
      when event = 'grace_end' then latest - coalesce(grace_seconds, 0) * interval '1' second
      else latest
    end as latest
  from sourced
),
ranked as (
  select
    s.*,
    row_number() over (
      partition by life, event, container
      order by
        case when event <> 'ready' then seconds_between(earliest, latest) end nulls last,
        case when event = 'ready' then coalesce(latest, earliest) end nulls last,
        trust, coalesce(latest, earliest), coalesce(earliest, latest), source
    ) as position
  from said s
),
believed as (
  select
    r.*,
    max(case when position = 1 then earliest end) over (partition by life, event, container) as believed_earliest,
    max(case when position = 1 then latest end) over (partition by life, event, container) as believed_latest,
    max(case when position = 1 then source end) over (partition by life, event, container) as believed_source
  from ranked r
)
select
  b.*, coalesce(earliest <= believed_latest, true) and coalesce(latest >= believed_earliest, true) as agrees
from believed b
