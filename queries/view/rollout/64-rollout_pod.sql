-- Title: Each pod that was deleted, with the rollout that it went in
-- Why: a rollout deletes the pods of one ReplicaSet while another of the same Deployment gets new ones. Deletions of one
--   ReplicaSet with no longer pause than rollout_pause_seconds() belong together: a bad deployment and its rollback minutes
--   later are two. A deployment of ECS may start the same version again: what goes and what comes are then told apart by
--   the deployment that started them. Where no new ReplicaSet comes it is a `burst` (scale-in, a drain of nodes), and a `deletion` where it
--   was one pod. `rollout` names it by its Deployment and the second in which it began.
-- Column: rollout -- its name: namespace/deployment@second, with a number where several began in that second
-- Column: kind -- rollout: a new ReplicaSet came; burst: none did; deletion: it was one pod
-- Column: from_workload -- the ReplicaSet that went
-- Column: to_workload -- the ReplicaSet that came
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
-- The newest of the Deployment's other ReplicaSets that came while these went, or shortly before.
arrived as (
  select
    b.namespace, b.deployment, b.workload, b.started_by, b.number, l.workload as to_workload,
    row_number() over (
      partition by b.namespace, b.deployment, b.workload, b.started_by, b.number order by max(l.created_at) desc, l.workload
    ) as position
  from burst b
  join life l
    on l.namespace = b.namespace and l.deployment = b.deployment
    and (l.workload <> b.workload or l.started_by <> b.started_by and l.started_by <> '' and b.started_by <> '')
    and l.created_at >= b.started_at - rollout_pause_seconds() * interval '1' second
    and l.created_at <= b.ended_at
  group by b.namespace, b.deployment, b.workload, b.started_by, b.number, l.workload
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
  and a.started_by = b.started_by and a.number = b.number and a.position = 1
