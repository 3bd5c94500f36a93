-- Title: One row per life of a pod, an ECS task or an instance, merged from all sources
-- Why: no single source has name, address and exact times. Each event is an interval, `<event>_earliest` to
--   `<event>_latest`, an unknown side NULL: the tightest that the facts allow (life_time says which are believed).
--   `<event>_at` is the latest it can have been, `<event>_source` the kind of object that gave the narrowest interval.
--   Other events narrow an interval too: a pod that was seen running at t was deleted after t, a pod that
--   is gone, or that the kubelet stops, was deleted before. `deleted` is when the termination began: of a pod that ended
--   before anybody asked for its deletion (an eviction by the kubelet) it is bounded by that end.
-- Column: life -- identity of this life, for joins
-- Column: target_kind -- pod, ecs_task or instance
-- Column: target_name -- namespace/pod, cluster/service/task or instance id
-- Column: version -- ReplicaSet of a pod; family:revision of a task; launch template of an instance
-- Column: workload -- its owner by name, as a ReplicaSet; where that is unknown, its own name without the suffix
-- Column: deployment -- the owner without the hash of its ReplicaSet
-- Column: zone -- availability zone of its node
-- Column: started_earliest, started_latest -- when its first container started for the first time
-- Column: waiting_until -- time until which it had never been ready
-- Column: ready_restart_count -- restarts that the source of ready_* had counted by then
-- Column: containers_seen_until -- last time at which a source with containers saw it
-- Column: created_earliest, ready_earliest, deleted_earliest, finished_earliest, gone_earliest -- no earlier; NULL is unknown
-- Column: created_latest, ready_latest, deleted_latest, finished_latest, gone_latest -- no later; NULL is unknown
-- Column: created_at, ready_at, deleted_at, finished_at, gone_at -- the latest that it can have been
-- Column: created_source, ready_source, deleted_source, finished_source, gone_source -- kind of object with the narrowest interval
-- Column: first_finished_earliest, first_finished_latest -- when the first of its containers finished
-- Column: started_by -- of a task the deployment that started it
-- Column: deleted_by -- who asked for its deletion
-- Column: deleted_reason -- reason of its deletion in its sources; of a task its stopCode
-- Column: deleted_detail -- the same in words: the stoppedReason of a task, or which of its containers ended
-- Column: is_deregistered_first -- whether the scheduler deregistered the task and sent SIGTERM when it was drained
-- Column: stopping_latest -- latest time of the beginning of its stop, by the kubelet or the agent of ECS
-- Column: seen_from, seen_until -- when it was first and last seen
-- Column: sources -- objects and lines with this evidence
-- Needs: life_time, setting
with agreed as (
  select
    life, event, container, max(case when agrees then earliest end) as earliest, min(case when agrees then latest end) as latest,
    max(believed_earliest) as believed_earliest, max(believed_latest) as believed_latest,
    max(believed_source) as source
  from life_time
  where event in ('created', 'started', 'ready', 'stopping', 'deleted', 'finished', 'gone')
  group by life, event, container
),
narrowed as (
  select
    life, event, container, source,
    -- Facts that each overlap the believed one need not overlap each other.
    case when earliest > latest then believed_earliest else earliest end as earliest,
    case when earliest > latest then believed_latest else latest end as latest
  from agreed
),
moment as (
  select
    life,
    max(case when event = 'created' then earliest end) as created_earliest,
    max(case when event = 'created' then latest end) as created_latest,
    max(case when event = 'created' then source end) as created_source,
    max(case when event = 'started' then earliest end) as started_earliest,
    max(case when event = 'started' then latest end) as started_latest,
    max(case when event = 'ready' then earliest end) as ready_earliest,
    max(case when event = 'ready' then latest end) as ready_latest,
    max(case when event = 'ready' then source end) as ready_source,
    max(case when event = 'deleted' then earliest end) as deleted_earliest,
    max(case when event = 'deleted' then latest end) as deleted_latest,
    max(case when event = 'deleted' then source end) as deleted_source,
    min(case when event = 'stopping' then latest end) as stopping_latest,
    min(case when event = 'stopping' then source end) as stopping_source,
    -- Of several containers the first and the last one to finish.
    min(case when event = 'finished' then earliest end) as first_finished_earliest,
    min(case when event = 'finished' then latest end) as first_finished_latest,
    max(case when event = 'finished' then earliest end) as finished_earliest,
    max(case when event = 'finished' then latest end) as finished_latest,
    max(case when event = 'finished' then source end) as finished_source,
    max(case when event = 'gone' then earliest end) as gone_earliest,
    max(case when event = 'gone' then latest end) as gone_latest,
    max(case when event = 'gone' then source end) as gone_source
  from narrowed
  group by life
),
identity as (
  select
    life,
    max(target_kind) as target_kind,
    max(version) as version,
    max(namespace) as namespace,
    max(name) as name,
    max(uid) as uid,
    max(ip) as ip,
    case when min(port) = max(port) then max(port) end as port,
    max(node) as node,
    max(zone) as zone,
    max(owner_kind) as owner_kind,
    max(owner_name) as owner_name,
    max(images) as images,
    max(case when event = 'created' and target_kind = 'ecs_task' then actor end) as started_by,
    max(case when event = 'deleted' then actor end) as deleted_by,
    coalesce(
      max(case when event = 'deleted' and reason = 'EssentialContainerExited' then reason end),
      max(case when event = 'deleted' then reason end)
    ) as deleted_reason,
    max(case when event = 'deleted' then detail end) as deleted_detail,
    max(termination_grace_period_seconds) as termination_grace_period_seconds,
    max(pre_stop_seconds) as pre_stop_seconds,
    min(case when event = 'seen' then latest end) as seen_from,
    max(case when event = 'seen' then earliest end) as seen_until,
    max(case when event = 'seen' and restart_count is not null then earliest end) as containers_seen_until,
    max(case when event = 'waiting' then earliest end) as waiting_until,
    max(case when event = 'ready' and earliest = believed_earliest and latest = believed_latest then restart_count end)
      as ready_restart_count
  from life_time
  group by life
),
-- A name is free again before the next pod has it: of a StatefulSet the next one is not created sooner.
succeeded as (
  select
    m.life,
    case
      when m.deleted_latest is not null or m.deleted_earliest is not null or m.finished_latest is not null
        then lead(m.created_latest) over (
          partition by i.target_kind, i.namespace, i.name order by coalesce(m.created_earliest, m.created_latest), m.life
        )
    end as next_created
  from moment m
  join identity i on i.life = m.life
),
object_line as (
  select
    life,
    object || ':' || cast(min(line) as varchar)
      || case when max(line) > min(line) then '-' || cast(max(line) as varchar) else '' end as source
  from life_time
  group by life, object_id, object
),
source as (
  select life, array_join(array_agg(source order by source), '; ') as sources
  from object_line
  group by life
),
-- From SIGTERM to SIGKILL, as the task definition says.
stop_timeout as (
  select split_part(subject, '/', 3) as version, max(cast(regexp_extract(value, '^[0-9]{1,6}$', 0) as integer)) as seconds
  from setting
  where scope = 'workload' and key = 'stopTimeout' and subject like 'EcsTaskDefinition/%'
  group by split_part(subject, '/', 3)
),
-- Latest time at which the termination had begun, apart from the dates of the deletion.
ended as (
  select
    i.*, o.seconds as stop_timeout_seconds, s.sources, m.created_earliest, m.created_latest, m.created_source, m.started_earliest, m.started_latest, m.ready_earliest, m.ready_latest,
    m.ready_source, m.first_finished_earliest, m.first_finished_latest, m.finished_earliest, m.finished_latest,
    m.finished_source, m.gone_earliest,
    case
      when n.next_created >= coalesce(m.deleted_earliest, m.deleted_latest, m.finished_latest) then earlier(m.gone_latest, n.next_created)
      else m.gone_latest
    end as gone_latest, m.gone_source, m.stopping_latest,
    m.deleted_earliest as stated_earliest, m.deleted_latest as stated_latest,
    coalesce(m.deleted_source, m.stopping_source, m.finished_source, m.gone_source) as deleted_source,
    -- A container that was stopped while the pod lived on was only to be restarted.
    earlier(
      case when i.seen_until > m.stopping_latest then null else m.stopping_latest end,
      earlier(m.finished_latest, m.gone_latest)
    ) as ended_by
  from identity i
  join source s on s.life = i.life
  left join moment m on m.life = i.life
  left join succeeded n on n.life = i.life
  left join stop_timeout o on i.target_kind = 'ecs_task' and o.version = i.version
),
deletion as (
  select
    e.*,
    -- Two seconds are the clocks'; more, and it ended before anybody asked.
    case
      when stated_earliest <= ended_by + interval '2' second or ended_by is null then stated_earliest
      -- Told to stop before the time at which ECS deregisters as a rule.
      when target_kind = 'ecs_task' and stated_earliest - usual_stop_lead() <= ended_by then stated_earliest - usual_stop_lead()
    end as asked_earliest,
    case
      when stated_earliest > ended_by + interval '2' second then ended_by
      when stated_earliest > ended_by then stated_latest
      else earlier(stated_latest, ended_by)
    end as deleted_latest
  from ended e
),
bounded as (
  select
    d.*,
    case
      when deleted_latest is null and asked_earliest is null then null
      when seen_until > deleted_latest then asked_earliest
      else later(asked_earliest, seen_until)
    end as deleted_earliest,
    -- Created before every other sign of life.
    case
      when created_earliest > earlier(earlier(ready_latest, seen_from), deleted_latest) then created_latest
      else earlier(created_latest, earlier(earlier(ready_latest, seen_from), deleted_latest))
    end as created_by
  from deletion d
)
select
  life, target_kind,
  case target_kind
    when 'ecs_task' then coalesce(namespace || '/', '') || coalesce(owner_name || '/', '') || name
    when 'instance' then name
    else coalesce(namespace || '/', '') || name
  end as target_name,
  coalesce(version, case when target_kind = 'pod' and owner_kind = 'ReplicaSet' then owner_name end) as version,
  namespace, name, uid, ip, port, node, zone, owner_kind, owner_name,
  case when target_kind = 'pod' then workload_name(owner_name, name) else coalesce(version, owner_name, name) end as workload,
  case when target_kind = 'pod' then deployment_name(owner_kind, owner_name, name) else coalesce(owner_name, name) end
    as deployment,
  created_earliest, created_by as created_latest, coalesce(created_by, created_earliest) as created_at, created_source,
  started_earliest, started_latest, waiting_until, ready_restart_count, containers_seen_until,
  ready_earliest, ready_latest, coalesce(ready_latest, ready_earliest) as ready_at, ready_source,
  deleted_earliest, deleted_latest, coalesce(deleted_latest, deleted_earliest) as deleted_at, deleted_source, started_by, deleted_by,
  deleted_reason, deleted_detail,
  coalesce(target_kind = 'ecs_task' and deleted_reason = 'ServiceSchedulerInitiated', false) as is_deregistered_first,
  stopping_latest, first_finished_earliest, first_finished_latest,
  case when finished_latest is not null or finished_earliest is not null
    then case when deleted_earliest > finished_latest then finished_earliest
      else later(finished_earliest, deleted_earliest) end
  end as finished_earliest,
  finished_latest, coalesce(finished_latest, finished_earliest) as finished_at, finished_source,
  case when gone_latest is not null or gone_earliest is not null
    then case when later(finished_earliest, deleted_earliest) > gone_latest then gone_earliest
      else later(gone_earliest, later(finished_earliest, deleted_earliest)) end
  end as gone_earliest,
  gone_latest, coalesce(gone_latest, gone_earliest) as gone_at, gone_source,
  seen_from, seen_until, images,
  coalesce(termination_grace_period_seconds, stop_timeout_seconds) as termination_grace_period_seconds, pre_stop_seconds,
  sources
from bounded
