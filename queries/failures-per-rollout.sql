-- Title: Failures per rollout
-- Group: is it the rollout
-- Why: what each deployment cost. A rollout is a burst of deletions of one workload's pods (a ReplicaSet, where the
--   evidence names the owner): deletions with no longer pause than `pause_seconds` belong together.
-- Param: pause_seconds integer = 600 -- a longer pause between two deletions begins another rollout
-- Needs: pod, verdict
-- Cost: one scan of the failed rows, and their verdicts.
with deletion as (
  select life, namespace, workload, deleted_at
  from pod
  where deleted_at is not null
),
gap as (
  select
    d.*,
    case
      when seconds_between(
        lag(deleted_at) over (partition by namespace, workload order by deleted_at, life), deleted_at
      ) <= cast($pause_seconds as double) then 0
      else 1
    end as begins
  from deletion d
),
numbered as (
  select
    g.*,
    sum(begins) over (partition by namespace, workload order by deleted_at, life rows unbounded preceding) as number
  from gap g
),
blamed as (
  select
    life, count(*) as failures,
    sum(case when cause = 'draining_target' then 1 else 0 end) as draining_target,
    sum(case when cause = 'stale_target' then 1 else 0 end) as stale_target,
    sum(case when cause in ('killed_in_flight', 'drain_delay_elapsed') then 1 else 0 end) as killed_in_flight,
    max(seconds_after_deletion) as latest_seconds_after_deletion
  from verdict
  where cause in ('draining_target', 'stale_target', 'killed_in_flight', 'drain_delay_elapsed')
  group by life
)
select
  n.namespace, n.workload, min(n.deleted_at) as first_deletion, max(n.deleted_at) as last_deletion,
  count(*) as pods,
  count(b.life) as pods_with_failures,
  coalesce(sum(b.failures), 0) as failures,
  coalesce(sum(b.draining_target), 0) as draining_target,
  coalesce(sum(b.stale_target), 0) as stale_target,
  coalesce(sum(b.killed_in_flight), 0) as killed_in_flight,
  max(b.latest_seconds_after_deletion) as latest_seconds_after_deletion
from numbered n
left join blamed b on b.life = n.life
group by n.namespace, n.workload, n.number
order by first_deletion desc, n.namespace, n.workload
