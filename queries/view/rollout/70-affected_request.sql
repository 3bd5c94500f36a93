-- Title: Each failed request, and each request that a terminating pod answered
-- Why: shows how long the balancer keeps choosing a pod that is going away, and the failures, from one reading of the verdicts:
--   an engine that plans a view for each use has a limit. `late_request` has the requests that advice uses.
--   Seconds count from the earliest that the deletion can have been, so they are "at most"; deletions that are known less
--   well than to two seconds, and verdicts that are not settled, make no request late and none cut.
-- Column: cause -- cause of a failure; NULL if the request was answered, or no target was to blame
-- Column: told -- whether the target had been deregistered before the routing: yes, no or unknown; NULL for other causes
-- Column: is_failed -- whether it failed
-- Column: is_late -- whether it was routed to a terminating pod
-- Column: is_cut -- whether it was cut off by the end of its pod or of the deregistration delay
-- Column: elapsed -- duration of the request; NULL if the failure hides it
-- Column: deployment_kind, deployment -- the owner; of a ReplicaSet, what made that
-- Column: deleted_at -- the earliest that the pod can have been deleted
-- Column: seconds -- from the deletion to the routing, at most
-- Column: deregistered_seconds -- from the deletion to the deregistration, as exact as the deletion; NULL where that is not known
-- Column: seconds_after_deregistration -- from the deregistration to the routing, at most; 0 where that came later
-- Column: exited_seconds -- from the deletion to the end of what serves the port, at least; only of failures
-- Column: container -- the container that serves, where only one can be meant
-- Needs: lives, life_time, routed, concluded
with container_of as (
  select
    life,
    case
      when count(distinct container) = 1 then max(container)
      when count(distinct case when container_ports is not null then container end) = 1
        then max(case when container_ports is not null then container end)
    end as container
  from life_time
  where container <> ''
  group by life
),
own_life as (
  select
    p.life, p.namespace, p.owner_name, p.deployment,
    coalesce(p.finished_latest, p.gone_latest) as exited_latest,
    case when p.owner_kind = 'ReplicaSet' then 'Deployment' else p.owner_kind end as deployment_kind,
    p.termination_grace_period_seconds, p.pre_stop_seconds, c.container
  from lives p
  left join container_of c on c.life = p.life
  -- An instance does not go as a pod does: no setting of a workload is in its end.
  where p.target_kind <> 'instance'
),
candidate_request as (
  select
    time, request_creation_time, target_group_arn, mechanism, cast(null as varchar) as cause,
    cast(null as varchar) as confidence, cast(null as varchar) as rule, elb_status_code, life, deleted_earliest,
    deleted_latest, deregistered_earliest, deregistered_latest, cast(null as timestamp(6)) as exited_earliest, elapsed, false as is_failed, true as is_settled
  from routed
  where life is not null and deleted_earliest <= request_creation_time and target_status_code is not null
    and mechanism is null
  union all
  select
    time, request_creation_time, target_group_arn, mechanism, cause, confidence, rule, elb_status_code, life, deleted_earliest,
    deleted_latest, deregistered_earliest, deregistered_latest, exited_earliest, case when mechanism = 'closed_in_flight' then elapsed end,
    true, coalesce(confidence in ('exact', 'bounded'), false)
  from concluded
),
classified_request as (
  select
    a.*, n.namespace, n.deployment_kind, n.deployment, n.owner_name, a.deleted_earliest as deleted_at,
    n.termination_grace_period_seconds, n.pre_stop_seconds, n.container,
    coalesce(
      n.life is not null and a.is_settled
        and case
          -- An answer after the pod's end came from another pod.
          when not a.is_failed then n.exited_latest is null or a.request_creation_time < n.exited_latest
          else (a.cause = 'draining_target' or a.rule in ('delay.late_routed', 'delay.late_routed_unsure'))
            and a.request_creation_time < a.deleted_earliest + longest_delay()
        end,
      false
    ) as is_late,
    coalesce(
      n.life is not null and a.is_settled and a.cause in ('killed_in_flight', 'drain_delay_elapsed'), false
    ) as is_cut,
    seconds_between(a.deleted_earliest, a.request_creation_time) as seconds,
    seconds_between(a.deleted_earliest, a.deregistered_earliest) as raw_deregistered_seconds,
    seconds_between(a.deregistered_earliest, a.request_creation_time) as since_deregistration,
    seconds_between(a.deleted_latest, a.exited_earliest) as exited_seconds
  from candidate_request a
  left join own_life n
    on n.life = case when seconds_between(a.deleted_earliest, a.deleted_latest) <= 2 then a.life end
)
select
  time, target_group_arn, mechanism, cause, confidence, elb_status_code,
  case
    when cause = 'draining_target' and confidence <> 'likely' or not is_failed
      then told(request_creation_time, deregistered_earliest, deregistered_latest)
  end as told,
  is_failed, is_late, is_cut, elapsed, life, namespace, deployment_kind, deployment, owner_name, deleted_at, seconds,
  case
    when raw_deregistered_seconds >= 0 then raw_deregistered_seconds
    when deregistered_latest is not null then 0e0
  end as deregistered_seconds,
  case
    when since_deregistration is null or since_deregistration > seconds then seconds
    when since_deregistration < 0 then 0e0
    else since_deregistration
  end as seconds_after_deregistration,
  exited_seconds, termination_grace_period_seconds, pre_stop_seconds, container
from classified_request
