-- Title: Each deleted pod, with its rollout
-- Why: a rollout deletes the pods of one ReplicaSet while another of the same Deployment gets new ones. Deletions of one
--   ReplicaSet with no longer pause than rollout_pause_seconds() belong together: a bad deployment and its rollback minutes
--   later are two. A deployment of ECS may start the same version again: old and new tasks are then distinguished by
--   the deployment that started them. Where no new ReplicaSet comes it is a `burst` (scale-in, a drain of nodes), and a `deletion` where it
--   was one pod. `rollout` names it by its Deployment and the second in which it began.
-- Column: rollout -- its name: namespace/deployment@second, with a number where several began in that second
-- Column: kind -- rollout: with a new ReplicaSet; burst: without; deletion: a single pod
-- Column: from_workload -- the old ReplicaSet
-- Column: to_workload -- the new ReplicaSet
-- Column: started_at -- first deletion of its pods
-- Column: ended_at -- last exit of its pods
-- Column: pods -- pods that were deleted
-- Needs: lives
with life as (
  select
    life, coalesce(namespace, '') as namespace, workload, coalesce(started_by, '') as started_by, deployment, created_at,
    ready_at, deleted_at,
    coalesce(earlier(finished_latest, gone_latest), deleted_at) as over_at
  from lives
),
begun as (
  select
    l.*,
    case
      when seconds_between(
        lag(deleted_at) over (partition by namespace, deployment, workload, started_by order by deleted_at, life), deleted_at
      ) <= rollout_pause_seconds() then 0
      else 1
    end as begins
  from life l
  where deleted_at is not null
),
numbered as (
  select
    b.*,
    sum(begins) over (partition by namespace, deployment, workload, started_by order by deleted_at, life rows unbounded preceding)
      as number
  from begun b
),
burst as (
  select
    namespace, deployment, workload, started_by, number, min(deleted_at) as started_at, max(over_at) as ended_at, count(*) as pods
  from numbered
  group by namespace, deployment, workload, started_by, number
),
named as (
  select
    b.*,
    row_number() over (partition by namespace, deployment, second_of(started_at) order by started_at, workload, started_by) as twin
  from burst b
),
-- The lives of a Deployment as they were created, numbered. Those of one version that follow each other begin at first_place.
created as (
  select
    namespace, deployment, workload, started_by, created_at, row_number() over w as place,
    case when workload = lag(workload) over w and started_by = lag(started_by) over w then 0 else 1 end as begins
  from life
  where created_at is not null
  window w as (partition by namespace, deployment order by created_at, workload desc, started_by)
),
followed as (
  select
    c.*,
    max(case when begins = 1 then place end) over (
      partition by namespace, deployment order by place rows unbounded preceding
    ) as first_place
  from created c
),
-- The last life that was created before a burst had ended: a sweep, because a Deployment may have had very many of both.
swept as (
  select
    namespace, deployment, workload, started_by, number, started_at, is_burst,
    max(place) over (partition by namespace, deployment order by moment, is_burst rows unbounded preceding) as place
  from (
    select
      namespace, deployment, cast(null as varchar) as workload, cast(null as varchar) as started_by,
      cast(null as bigint) as number, cast(null as timestamp(6)) as started_at, created_at as moment, 0 as is_burst, place
    from created
    union all
    select namespace, deployment, workload, started_by, cast(number as bigint), started_at, ended_at, 1, null from burst
  ) m
),
-- The newest of the Deployment's other ReplicaSets that came while these went, or shortly before: that of the last life, or,
-- where that is of their own version, the one before.
arrived as (
  select
    s.namespace, s.deployment, s.workload, s.started_by, s.number,
    case when is_other_version(l.workload, l.started_by, s.workload, s.started_by) then l.workload else p.workload end
      as to_workload
  from swept s
  join followed l on l.namespace = s.namespace and l.deployment = s.deployment and l.place = s.place
  left join created p on p.namespace = s.namespace and p.deployment = s.deployment and p.place = l.first_place - 1
  where s.is_burst = 1
    and case
      when is_other_version(l.workload, l.started_by, s.workload, s.started_by) then l.created_at
      when is_other_version(p.workload, p.started_by, s.workload, s.started_by) then p.created_at
    end >= s.started_at - rollout_pause_seconds() * interval '1' second
)
select
  b.namespace || '/' || b.deployment || '@' || substr(time_text(b.started_at), 1, 19) || 'Z'
    || case when b.twin > 1 then '-' || cast(b.twin as varchar) else '' end as rollout,
  nullif(b.namespace, '') as namespace, b.deployment,
  case when a.to_workload is not null then 'rollout' when b.pods > 1 then 'burst' else 'deletion' end as kind,
  b.workload as from_workload, a.to_workload, b.started_at, b.ended_at, b.pods, n.life, n.workload, n.deleted_at
from named b
join numbered n
  on n.namespace = b.namespace and n.deployment = b.deployment and n.workload = b.workload
  and n.started_by = b.started_by and n.number = b.number
left join arrived a
  on a.namespace = b.namespace and a.deployment = b.deployment and a.workload = b.workload
  and a.started_by = b.started_by and a.number = b.number
