-- Title: Each failure with all comparisons of its times
-- Why: this view has all comparisons and no conclusion. R (`routed_at`) is request_creation_time; F (`failed_at`) is
--   time, except that a connect timeout failed at R, where its target was already silent. D is the pod's deletion, X the
--   target's deregistration, T the end of the container that serves the port: the one that declares it, else the one whose
--   end meets F, else the last one. Where R or F lies against D, X, T is 'before' the interval, 'after' it, 'within' it
--   (not settled) or NULL (not known).
-- Column: deregistration_delay_seconds -- deregistration delay of the target group
-- Column: restarted_earliest, restarted_latest -- when a container of the living pod ended around the failure
-- Column: restarted_container, restarted_exit_code, restarted_reason -- of that container
-- Column: is_restart_missing -- whether a restart around the failure may have been missed
-- Column: node_stated_at, node_reason -- when the cluster called the node NotReady, and why
-- Column: silent_pods -- pods of the node that fell silent together
-- Column: gone_pods, silent_targets -- pods without a known address that had begun to terminate, and targets without a
--   known pod that had fallen silent, in the hour before
-- Column: gone_before, gone_after -- the last such pod before, and the next one
-- Column: answered_before, answered_after -- last and next answer of the target around the routing
-- Column: pods_behind, pods_over, pods_going -- pods that a node port may have meant, those of its pods that had ended before
--   the routing, and those of them surely going by the failure
-- Needs: routed, life_fact, readiness, container_end, container_restart, answer_around, backend, group_around, node_loss, deregistration_delay
with failed as (
  select
    object_id, line, time, request_creation_time, elapsed, elb, target_group_arn, target_ip, target_port,
    elb_status_code, target_status_code, request_processing_time, target_processing_time, response_processing_time,
    request_line, trace_id, domain_name, actions_executed, error_reason, ip_address, mechanism,
    life, target_kind, target_name, version, other_life, other_life_cause, previous_life, pod_namespace, pod_name, pod_uid, node, zone, owner_kind, owner_name, workload,
    deployment, created_earliest, created_latest, started_earliest, started_latest, waiting_until, ready_restart_count,
    containers_seen_until, ready_earliest, ready_latest, deleted_earliest, deleted_latest, deleted_by, deleted_reason, deleted_detail,
    first_finished_earliest, first_finished_latest, finished_latest, exited_earliest as last_exited_earliest,
    exited_latest as last_exited_latest, gone_latest,
    seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds, pod_sources,
    deregistered_earliest, deregistered_latest, deregistered_by, deregistered_actor, drained_earliest, drained_latest,
    registered_from, healthy_from, healthy_until, registered_again_at, is_registration_unsure, target_sources,
    request_creation_time as routed_at,
    case when mechanism = 'connect_timeout' then request_creation_time else time end as failed_at,
    target_ip is not null
      and mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
      as has_target_cause,
    mechanism in ('connect_timeout', 'response_timeout') as is_timeout
  from routed
  where elb_status_code >= 400 and mechanism is not null
),
-- All that is looked for beside the row itself hangs on this, so that the rows are read once for it.
chosen as (
  select
    f.object_id, f.line, f.life,
    -- An instance that is no node is lost by itself.
    case when f.target_kind = 'instance' then f.life else f.node end as node, f.target_group_arn, f.target_ip, f.target_port, f.mechanism, f.time,
    f.routed_at, f.failed_at, f.has_target_cause, f.is_timeout, f.created_earliest, f.deleted_latest, f.gone_latest, k.kind,
    case k.kind when 'routed' then f.routed_at when 'failed' then f.failed_at end as moment,
    case when k.kind = 'behind' then f.target_port end as node_port
  from failed f
  cross join (values ('routed'), ('failed'), ('behind')) as k (kind)
  where case
    when k.kind = 'behind' then f.target_kind = 'node_port'
    else f.target_ip is not null and f.routed_at is not null and f.mechanism <> 'target_error'
  end
),
answered as (
  select
    c.object_id, c.line, c.life, c.node, c.target_group_arn, c.target_port, c.mechanism, c.time, c.routed_at, c.failed_at,
    c.has_target_cause, c.is_timeout, c.gone_latest,
    max(case when c.kind = 'routed' then a.answered_before end) as answered_before,
    max(case when c.kind = 'routed' then a.answered_after end) as answered_after,
    max(case when c.kind = 'routed' then a.answered_first end) as answered_first,
    max(case when c.kind = 'routed' then a.recent_answers end) as recent_answers,
    max(case when c.kind = 'routed' then a.later_requests end) as later_requests,
    max(case when c.kind = 'failed' then a.answered_before end) as failed_answered_before,
    max(case when c.kind = 'failed' then a.answered_after end) as failed_answered_after,
    -- The pods that may have been meant by a node port, and those that had ended before the routing.
    sum(case when b.kind = 'pod' and coalesce(b.over_by > c.routed_at - proxy_lag(), true) then 1 else 0 end) as pods_behind,
    sum(case when b.kind = 'pod' and b.over_by <= c.routed_at - proxy_lag() then 1 else 0 end) as pods_over,
    sum(
      case
        when b.kind = 'pod' and coalesce(b.over_by > c.routed_at - proxy_lag(), true) and b.going_latest <= c.failed_at
          then 1
        else 0
      end
    ) as pods_going,
    -- Perhaps going by the failure.
    sum(
      case
        when b.kind = 'pod' and coalesce(b.over_by > c.routed_at - proxy_lag(), true) and b.going_latest > c.failed_at
          and coalesce(b.going_earliest <= c.failed_at, true) then 1
        else 0
      end
    ) as pods_unsure,
    -- Going by the routing, or perhaps.
    sum(
      case
        when b.kind = 'pod' and coalesce(b.over_by > c.routed_at - proxy_lag(), true) and b.going_latest is not null
          and coalesce(b.going_earliest <= c.routed_at, true) then 1
        else 0
      end
    ) as pods_going_before,
    -- Ends of containers, and losses of nodes, among them around the request.
    sum(case when b.kind = 'restart' then 1 else 0 end) as pods_down,
    sum(case when b.kind = 'loss' then 1 else 0 end) as pods_lost
  from chosen c
  left join answer_around a
    on a.target_ip = c.target_ip and a.target_port = c.target_port and a.moment = c.moment
  left join backend b
    on b.node_port = c.node_port and (b.node is null or b.node = c.node)
    and coalesce(b.serves_from <= c.routed_at, true)
    and case
      when b.kind = 'pod' then coalesce(later(b.going_latest, b.over_by) > c.routed_at - longest_delay(), true)
      else coalesce(b.going_earliest <= c.failed_at + clock_tick(), true) and coalesce(b.over_by > c.routed_at, true)
    end
  group by
    c.object_id, c.line, c.life, c.node, c.target_group_arn, c.target_port, c.mechanism, c.time, c.routed_at, c.failed_at,
    c.has_target_cause, c.is_timeout, c.gone_latest
),
-- Silent is who does not answer any more: an answer after the object is gone is another pod's.
silent as (
  select
    a.*,
    -- A response timeout began at some time between R and F.
    is_timeout and routed_at is not null
      and not coalesce(failed_answered_before >= failed_at - last_sign() and mechanism = 'response_timeout', false)
      and coalesce(failed_answered_after > gone_latest, failed_answered_after is null) as is_silent
  from answered a
),
spread as (
  select
    s.*, k.shift, date_trunc('minute', s.failed_at) + k.shift * interval '60' second as minute,
    s.is_silent and s.node is not null as is_counted
  from silent s
  cross join (values (-1), (0), (1)) as k (shift)
  where k.shift = 0 or s.is_silent and s.node is not null
),
ranked as (
  select
    s.*,
    case when is_counted then dense_rank() over (partition by node, minute, is_counted order by life) end as life_number,
    case when is_counted then dense_rank() over (partition by target_group_arn, minute, is_counted order by node) end
      as node_number
  from spread s
),
counted as (
  select
    r.*, max(life_number) over (partition by node, minute) as lives,
    max(node_number) over (partition by target_group_arn, minute) as nodes
  from ranked r
),
-- Only joins by life or by node, and by comparisons of one side with the other: an engine that joins by a function of
-- both sides reads each row of one for each of the other, and one that joins by another key moves all rows again. `end_serves` and its like say whether the container serves the port.
linked as (
  select
    c.*,
    d.life as restarted_life, d.earliest as restarted_earliest, d.latest as restarted_latest,
    d.container as restarted_container, d.exit_code as restarted_exit_code, d.reason as restarted_reason,
    serves_port(c.target_port, d.container_ports, d.other_ports) as restarted_serves,
    m.life is not null and serves_port(c.target_port, m.container_ports, m.other_ports) <> 'no' as is_restart_missing,
    y.state as ready_state, y.next_state as next_ready_state, y.until as ready_until,
    n.node is not null as is_node_stated, n.silent_from, n.stated_latest as node_stated_at, n.reason as node_reason,
    u.life is not null as is_unready_soon,
    e.life as end_life, e.finished_earliest as end_earliest, e.finished_latest as end_latest, e.container as end_container,
    serves_port(c.target_port, e.container_ports, e.other_ports) as end_serves
  from counted c
  left join container_end e on e.life = c.life
  left join container_restart d
    on d.life = c.life
    and d.earliest <= c.time + clock_tick()
    and d.latest >= case
      when not c.has_target_cause then null
      when c.mechanism = 'closed_in_flight' then later(c.routed_at, c.time - clock_slack()) - clock_tick()
      when c.mechanism = 'response_timeout' then c.routed_at - clock_tick()
      when c.mechanism = 'connect_failed' then timestamp '0001-01-01 00:00:00'
    end
    and coalesce(d.ready_again, d.latest + restart_pause()) >= case
      when c.mechanism = 'connect_failed' then c.routed_at - clock_tick()
      else timestamp '0001-01-01 00:00:00'
    end
  -- A restart that nobody saw may have been then.
  left join container_restart m
    on m.life = c.life and m.unknown_from <= c.time
    and m.earliest >= case when c.has_target_cause then c.routed_at end
  left join readiness y
    on y.life = c.life and y.since <= c.routed_at
    and coalesce(y.until, timestamp '9999-01-01 00:00:00') > c.routed_at
  left join node_loss n
    on n.node = c.node and n.until > case when c.has_target_cause then c.routed_at end
    and n.silent_from <= case when c.mechanism = 'connect_timeout' then c.routed_at else c.time end
  left join life_fact u
    on u.life = c.life and u.event = 'unready'
    and coalesce(u.latest, u.earliest) >= case when c.is_timeout then c.routed_at end
    and coalesce(u.earliest, u.latest) <= c.failed_at + unready_notice()
  where c.shift = 0
),
-- One row for each way in which evidence beside the row can be joined, the best one first: the container that serves the
-- port, of those that may the one whose end meets F; the restart that lies closest. A container that does not serve the port
-- says nothing. clock_tick() more on both sides, for clocks that print whole seconds. What is closed is closed when the
-- process dies; a connection is refused until it listens again, and is never silent for it.
joined as (
  select
    object_id, line, answered_before, answered_after, answered_first, recent_answers, later_requests,
    failed_answered_before, failed_answered_after, is_silent,
    pods_behind, pods_over, pods_going, pods_unsure, pods_going_before, pods_down, pods_lost,
    case when is_timeout and node is not null then coalesce(lives, 0) else 0 end as silent_pods,
    case when is_timeout and target_group_arn is not null then coalesce(nodes, 0) else 0 end as silent_nodes,
    restarted_life is not null and restarted_serves <> 'no' as is_restarted,
    case when restarted_serves <> 'no' then restarted_earliest end as restarted_earliest,
    case when restarted_serves <> 'no' then restarted_latest end as restarted_latest,
    case when restarted_serves <> 'no' then restarted_container end as restarted_container,
    case when restarted_serves <> 'no' then restarted_exit_code end as restarted_exit_code,
    case when restarted_serves <> 'no' then restarted_reason end as restarted_reason,
    is_restart_missing, ready_state, next_ready_state, ready_until, is_node_stated, node_stated_at, node_reason, is_unready_soon,
    end_life is not null and end_serves <> 'no' as has_container_end,
    case when end_serves <> 'no' then end_earliest end as end_earliest,
    case when end_serves <> 'no' then end_latest end as end_latest,
    row_number() over (
      partition by object_id, line
      order by
        case end_serves when 'yes' then 0 when 'no' then 2 else 1 end,
        case when time >= end_earliest - clock_tick() and time <= end_latest + clock_tick() then 0 else 1 end,
        end_latest desc nulls last, end_container,
        case when restarted_serves <> 'no' then restarted_latest end desc nulls last,
        case when restarted_serves <> 'no' then 0 else 1 end,
        restarted_container, restarted_exit_code, restarted_reason, silent_from, node_stated_at,
        case when is_restart_missing then 0 else 1 end
    ) as position
  from linked
),
found as (
  select * from joined where position = 1
),
-- T and the end of the deregistration delay, which what follows compares with.
ended as (
  select
    f.*,
    case
      when j.has_container_end then j.end_earliest
      when f.finished_latest is null or not f.has_target_cause then f.last_exited_earliest
    end as exited_earliest,
    case
      when j.has_container_end then j.end_latest
      when f.finished_latest is null or not f.has_target_cause then f.last_exited_latest
    end as exited_latest,
    d.seconds as deregistration_delay_seconds,
    -- The balancer ended what was left: seen to (two listings), or as the deregistration delay says.
    coalesce(
      f.drained_earliest, f.deregistered_earliest + coalesce(d.seconds, default_delay_seconds()) * interval '1' second
    ) as drain_end_earliest,
    coalesce(
      f.drained_latest, f.deregistered_latest + (coalesce(d.seconds, default_delay_seconds()) + 1) * interval '1' second
    ) as drain_end_latest,
    d.seconds is not null or f.drained_latest is not null as is_drain_known,
    j.answered_before, j.answered_after, j.answered_first, j.recent_answers, j.later_requests, j.failed_answered_before,
    j.failed_answered_after, coalesce(j.is_silent, false) as is_silent,
    coalesce(j.pods_behind, 0) as pods_behind, coalesce(j.pods_over, 0) as pods_over, coalesce(j.pods_going, 0) as pods_going,
    coalesce(j.pods_unsure, 0) as pods_unsure, coalesce(j.pods_going_before, 0) as pods_going_before,
    coalesce(j.pods_down, 0) as pods_down, coalesce(j.pods_lost, 0) as pods_lost,
    coalesce(j.silent_pods, 0) as silent_pods, coalesce(j.silent_nodes, 0) as silent_nodes,
    coalesce(j.is_restarted, false) as is_restarted, j.restarted_earliest, j.restarted_latest, j.restarted_container,
    j.restarted_exit_code, j.restarted_reason, coalesce(j.is_restart_missing, false) as is_restart_missing,
    j.ready_state, j.next_ready_state, j.ready_until,
    coalesce(j.is_node_stated, false) as is_node_stated, j.node_stated_at, j.node_reason,
    coalesce(j.is_unready_soon, false) as is_unready_soon,
    g.answered_before as group_answered_before, g.answered_after as group_answered_after,
    g.healthy_before as group_healthy_before, g.begun_before as group_begun_before, g.begun_after as group_begun_after,
    g.answered_first as group_answered_first, g.answered_last as group_answered_last,
    g.gone_pods, g.gone_before, g.gone_after, g.silent_targets
  from failed f
  left join found j on j.object_id = f.object_id and j.line = f.line
  left join deregistration_delay d on d.target_group_arn = f.target_group_arn
  left join group_around g on g.group_key = f.target_group_arn and g.moment = f.routed_at
)
select
  object_id, line, time, request_creation_time, elapsed, elb, target_group_arn, target_ip, target_port,
  elb_status_code, target_status_code, request_processing_time, target_processing_time, response_processing_time,
  request_line, trace_id, domain_name, actions_executed, error_reason, ip_address, mechanism, life, target_kind,
  target_name, version, other_life, other_life_cause, previous_life, pod_namespace, pod_name, pod_uid, node, zone,
  owner_kind, owner_name, workload, deployment, created_earliest, created_latest, started_earliest, started_latest,
  waiting_until, ready_restart_count, containers_seen_until, ready_earliest, ready_latest, deleted_earliest,
  deleted_latest, deleted_by, deleted_reason, deleted_detail, first_finished_earliest, first_finished_latest,
  finished_latest, gone_latest, seen_from, seen_until, termination_grace_period_seconds, pre_stop_seconds,
  pod_sources, deregistered_earliest, deregistered_latest, deregistered_by, deregistered_actor, drained_earliest,
  drained_latest, registered_from, healthy_from, healthy_until, registered_again_at, is_registration_unsure,
  target_sources, routed_at, failed_at, has_target_cause, is_timeout, exited_earliest, exited_latest,
  deregistration_delay_seconds, drain_end_earliest, drain_end_latest, is_drain_known, answered_before, answered_after,
  answered_first, recent_answers, later_requests, failed_answered_after, is_silent, silent_pods, pods_behind, pods_over,
  pods_going, pods_unsure, pods_going_before, pods_down, pods_lost, is_restarted,
  restarted_earliest, restarted_latest, restarted_container, restarted_exit_code, restarted_reason,
  is_restart_missing, ready_state, next_ready_state, ready_until, is_node_stated, node_stated_at, node_reason,
  is_unready_soon, group_answered_before, group_answered_after, group_healthy_before, group_begun_before,
  group_begun_after, group_answered_first, group_answered_last, gone_pods, gone_before, gone_after, silent_targets,
  place(routed_at, deleted_earliest, deleted_latest) as routed_deletion,
  place(failed_at, deleted_earliest, deleted_latest) as failed_deletion,
  place(routed_at, deregistered_earliest, deregistered_latest) as routed_deregistration,
  place(routed_at, ready_earliest, ready_latest) as routed_ready
from ended e
