-- Title: Each pod that was deleted, with the rollout that it went in
-- Why: a rollout deletes the pods of one ReplicaSet while another of the same Deployment gets new ones. Deletions of one
--   Deployment (its ReplicaSet's name without the hash) with no longer pause than ten minutes belong together. Where no
--   new ReplicaSet comes it is a `burst` (scale-in, a drain of nodes), and a `deletion` where it was one pod. `rollout`
--   names it by its Deployment and the second in which it began.
-- Column: rollout -- its name: namespace/deployment@second
-- Column: kind -- rollout: a new ReplicaSet came; burst: none did; deletion: it was one pod
-- Column: from_workload -- the ReplicaSet that went
-- Column: to_workload -- the ReplicaSet that came
-- Column: started_at -- first deletion of its pods
-- Column: ended_at -- last exit of its pods
-- Column: pods -- pods that were deleted
-- Needs: pod_life
with life as (
  select
    life, coalesce(namespace, '') as namespace, workload, deployment, created_at, ready_at, deleted_at,
    coalesce(earlier(finished_latest, gone_latest), deleted_at) as over_at
  from pod_life
),
begun as (
  select
    l.*,
    case
      when seconds_between(
        lag(deleted_at) over (partition by namespace, deployment order by deleted_at, life), deleted_at
      ) <= 600 then 0
      else 1
    end as begins
  from life l
  where deleted_at is not null
),
numbered as (
  select
    b.*,
    sum(begins) over (partition by namespace, deployment order by deleted_at, life rows unbounded preceding) as number
  from begun b
),
burst as (
  select
    namespace, deployment, number, min(deleted_at) as started_at, max(over_at) as ended_at, count(*) as pods,
    min(workload) as from_workload, max(workload) as last_workload
  from numbered
  group by namespace, deployment, number
),
-- The newest of the Deployment's pods that came while the others went, or shortly before.
arrived as (
  select
    b.namespace, b.deployment, b.number, l.workload, max(l.created_at) as created_at,
    row_number() over (
      partition by b.namespace, b.deployment, b.number order by max(l.created_at) desc, l.workload
    ) as position
  from burst b
  join life l
    on l.namespace = b.namespace and l.deployment = b.deployment
    and l.created_at >= b.started_at - interval '600' second
    and l.created_at <= b.ended_at
    and (l.workload <> b.from_workload or b.last_workload <> b.from_workload)
  group by b.namespace, b.deployment, b.number, l.workload
)
select
  b.namespace || '/' || b.deployment || '@' || substr(time_text(b.started_at), 1, 19) || 'Z' as rollout,
  nullif(b.namespace, '') as namespace, b.deployment,
  case when a.workload is not null then 'rollout' when b.pods > 1 then 'burst' else 'deletion' end as kind,
  case when a.workload = b.from_workload then b.last_workload else b.from_workload end as from_workload,
  a.workload as to_workload,
  b.started_at, b.ended_at, b.pods, n.life, n.workload, n.deleted_at
from burst b
join numbered n on n.namespace = b.namespace and n.deployment = b.deployment and n.number = b.number
left join arrived a
  on a.namespace = b.namespace and a.deployment = b.deployment and a.number = b.number and a.position = 1
