-- Title: Each life that a rollout started
-- Why: a failure of a target that was not ready yet belongs to the rollout that started it. Of several the last one counts.
-- Needs: rollout_pod, lives
with arrival as (
  select
    p.life, r.rollout,
    row_number() over (partition by p.life order by r.started_at desc, r.rollout) as position
  from (
    select distinct rollout, coalesce(namespace, '') as namespace, deployment, to_workload, started_at, ended_at
    from rollout_pod
    where to_workload is not null
  ) r
  join lives p
    on coalesce(p.namespace, '') = r.namespace and p.deployment = r.deployment and p.workload = r.to_workload
    and p.created_at >= r.started_at - rollout_pause_seconds() * interval '1' second and p.created_at <= r.ended_at
)
select life, rollout from arrival where position = 1
