-- Title: One row per life of a pod, merged from all sources
-- Why: no single source has name, address and exact times. Each event is an interval, `<event>_earliest` to
--   `<event>_latest`, an unknown side NULL: the tightest that the facts allow. Where facts contradict each other the
--   narrower one stands (of `ready`, which may happen again, the first). `<event>_at` is the latest it can have been.
--   What follows from other events tightens an interval too: a pod seen running at t was deleted after t, a pod that
--   is gone was deleted before.
-- Needs: life_fact, log_object
with ranked as (
  select
    life, event, coalesce(container, '') as container, earliest, latest,
    row_number() over (
      partition by life, event, coalesce(container, '')
      order by
        case when event <> 'ready' then seconds_between(earliest, latest) end nulls last,
        coalesce(latest, earliest)
    ) as rank
  from life_fact
  where event in ('created', 'ready', 'deleted', 'finished', 'gone')
),
narrowed as (
  select
    life, event, container,
    case
      when max(earliest) > min(latest) then max(case when rank = 1 then earliest end)
      else max(earliest)
    end as earliest,
    case
      when max(earliest) > min(latest) then max(case when rank = 1 then latest end)
      else min(latest)
    end as latest
  from ranked
  group by life, event, container
),
-- Of several containers the last one to finish counts.
moment as (
  select
    life,
    max(case when event = 'created' then earliest end) as created_earliest,
    max(case when event = 'created' then latest end) as created_latest,
    max(case when event = 'ready' then earliest end) as ready_earliest,
    max(case when event = 'ready' then latest end) as ready_latest,
    max(case when event = 'deleted' then earliest end) as deleted_earliest,
    max(case when event = 'deleted' then latest end) as deleted_latest,
    max(case when event = 'finished' then earliest end) as finished_earliest,
    max(case when event = 'finished' then latest end) as finished_latest,
    max(case when event = 'gone' then earliest end) as gone_earliest,
    max(case when event = 'gone' then latest end) as gone_latest
  from narrowed
  group by life
),
identity as (
  select
    life,
    max(namespace) as namespace,
    max(name) as name,
    max(uid) as uid,
    max(ip) as ip,
    case when min(port) = max(port) then max(port) end as port,
    max(node) as node,
    max(owner_kind) as owner_kind,
    max(owner_name) as owner_name,
    max(termination_grace_period_seconds) as termination_grace_period_seconds,
    max(pre_stop_seconds) as pre_stop_seconds,
    min(case when event = 'seen' then latest end) as seen_from,
    max(case when event = 'seen' then earliest end) as seen_until
  from life_fact
  group by life
),
object_line as (
  select
    f.life,
    coalesce(o.kind || ' ' || o.uri, 'object ' || cast(f.object_id as varchar)) || ':' || cast(min(f.line) as varchar)
      || case when max(f.line) > min(f.line) then '-' || cast(max(f.line) as varchar) else '' end as source
  from life_fact f
  left join log_object o on o.object_id = f.object_id
  group by f.life, f.object_id, o.kind, o.uri
),
source as (
  select life, array_join(array_agg(source order by source), '; ') as sources
  from object_line
  group by life
),
-- A pod that ended, or whose container ended with it, was deleted before; one seen running was deleted after.
ended as (
  select
    i.*, s.sources,
    m.created_earliest, m.created_latest, m.ready_earliest, m.ready_latest, m.finished_earliest, m.finished_latest,
    m.gone_earliest, m.gone_latest,
    m.deleted_earliest as said_earliest,
    case
      when m.deleted_earliest > earlier(m.finished_latest, m.gone_latest) then m.deleted_latest
      else earlier(m.deleted_latest, earlier(m.finished_latest, m.gone_latest))
    end as deleted_latest
  from identity i
  join source s on s.life = i.life
  left join moment m on m.life = i.life
),
bounded as (
  select
    e.*,
    case
      when deleted_latest is null and said_earliest is null then null
      when seen_until > deleted_latest then said_earliest
      else later(said_earliest, seen_until)
    end as deleted_earliest,
    -- Created before every other sign of life.
    case
      when created_earliest > earlier(earlier(ready_latest, seen_from), deleted_latest) then created_latest
      else earlier(created_latest, earlier(earlier(ready_latest, seen_from), deleted_latest))
    end as created_by
  from ended e
)
select
  life, namespace, name, uid, ip, port, node, owner_kind, owner_name,
  -- The ReplicaSet or StatefulSet: a rollout deletes the pods of one. A pod's name is its owner's and a suffix.
  coalesce(owner_name, regexp_replace(name, '-[a-z0-9]+$', '')) as workload,
  created_earliest, created_by as created_latest, coalesce(created_by, created_earliest) as created_at,
  ready_earliest, ready_latest, coalesce(ready_latest, ready_earliest) as ready_at,
  deleted_earliest, deleted_latest, coalesce(deleted_latest, deleted_earliest) as deleted_at,
  case when finished_latest is not null or finished_earliest is not null
    then case when deleted_earliest > finished_latest then finished_earliest
      else later(finished_earliest, deleted_earliest) end
  end as finished_earliest,
  finished_latest, coalesce(finished_latest, finished_earliest) as finished_at,
  case when gone_latest is not null or gone_earliest is not null
    then case when later(finished_earliest, deleted_earliest) > gone_latest then gone_earliest
      else later(gone_earliest, later(finished_earliest, deleted_earliest)) end
  end as gone_earliest,
  gone_latest, coalesce(gone_latest, gone_earliest) as gone_at,
  seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds, sources
from bounded
