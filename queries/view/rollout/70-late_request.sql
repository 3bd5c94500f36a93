-- Title: One row per request that was routed to a terminating pod, answered or failed
-- Why: how long the balancer keeps choosing a pod that is going away, which is what a preStop sleep must outlast. Also the
--   requests that were cut off by a deletion, `is_late` false. `seconds` count from the earliest that the deletion can
--   have been, so they are "at most"; deletions that are known less well than to two seconds are left out. `deployment` is
--   the owner without the hash of its ReplicaSet.
-- Column: deployment_kind, deployment -- the owner; of a ReplicaSet, what made that
-- Column: deleted_at -- the earliest that the pod can have been deleted
-- Column: cause -- of a failure; NULL where it was answered
-- Column: is_late -- whether it was routed after the deletion
-- Column: is_failed -- whether it failed
-- Column: seconds -- from the deletion to the routing, at most
-- Needs: pod_life, routed, verdict
with narrow_life as (
  select
    life, namespace, owner_name, deployment, deleted_earliest,
    coalesce(finished_latest, gone_latest) as exited_latest,
    case when owner_kind = 'ReplicaSet' then 'Deployment' else owner_kind end as deployment_kind
  from pod_life
  where seconds_between(deleted_earliest, deleted_latest) <= 2
),
answered as (
  select life, target_group_arn, request_creation_time
  from routed
  where life is not null and deleted_earliest <= request_creation_time and target_status_code is not null
),
failed as (
  select
    life, target_group_arn, request_creation_time,
    cause = 'draining_target' and confidence <> 'ambiguous' as is_late,
    cause, confidence
  from verdict
  where life is not null
    and cause in ('draining_target', 'killed_in_flight', 'drain_delay_elapsed')
)
select
  n.namespace, n.deployment_kind, n.deployment, n.owner_name, n.life, n.deleted_earliest as deleted_at, a.target_group_arn,
  cast(null as varchar) as cause, true as is_late, false as is_failed,
  seconds_between(n.deleted_earliest, a.request_creation_time) as seconds
from answered a
join narrow_life n on n.life = a.life
-- What is answered after the pod's end was another's.
where n.exited_latest is null or a.request_creation_time < n.exited_latest
union all
select
  n.namespace, n.deployment_kind, n.deployment, n.owner_name, n.life, n.deleted_earliest, f.target_group_arn,
  f.cause, f.is_late, true,
  seconds_between(n.deleted_earliest, f.request_creation_time)
from failed f
join narrow_life n on n.life = f.life
where f.is_late and f.request_creation_time < n.deleted_earliest + interval '3600' second
  or not f.is_late and f.cause in ('killed_in_flight', 'drain_delay_elapsed') and f.confidence <> 'ambiguous'
