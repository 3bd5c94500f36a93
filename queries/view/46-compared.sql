-- Title: Each failure with every comparison that its cause may need
-- Why: all that is compared, and nothing that is concluded. R (`routed_at`) is request_creation_time; F (`failed_at`) is
--   time, except that a connect timeout failed at R, where its target was already silent. D is the pod's deletion, X the
--   target's deregistration, T the pod's exit. Where R or F lies against D, X, T is 'before' the interval, 'after' it,
--   'within' it (not settled) or NULL (not known).
-- Column: deregistration_delay_seconds -- deregistration delay of the target group
-- Column: restarted_earliest, restarted_latest -- when a container of the living pod ended around the failure
-- Column: restarted_container, restarted_exit_code, restarted_reason -- of that container
-- Column: node_told_at, node_reason -- when the cluster called the node NotReady, and why
-- Column: silent_pods -- pods of the node that fell silent together
-- Column: answered_before, answered_after -- last and next answer of the target around the routing
-- Needs: routed, life_fact, answer_around, group_around, node_loss, deregistration_delay
with fact as (
  select life, event, earliest, latest, container, exit_code, reason
  from life_fact
  where event in ('restarted', 'ready', 'unready')
),
failed as (
  select
    r.*,
    r.request_creation_time as routed_at,
    case when r.mechanism = 'connect_timeout' then r.request_creation_time else r.time end as failed_at,
    r.target_ip is not null
      and r.mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
      as has_target_cause
  from routed r
  where r.elb_status_code >= 400 and r.mechanism is not null
),
-- Containers that died and were started again, with the next time the pod was ready.
restarted as (
  select
    d.life, d.container, d.exit_code, d.reason, d.earliest, coalesce(d.latest, d.earliest) as latest,
    min(coalesce(r.latest, r.earliest)) as ready_again
  from fact d
  left join fact r
    on r.life = d.life and r.event = 'ready' and coalesce(r.earliest, r.latest) > coalesce(d.earliest, d.latest)
  where d.event = 'restarted'
  group by d.life, d.container, d.exit_code, d.reason, d.earliest, d.latest
),
-- All that is looked for beside the row itself hangs on this, so that the rows are read once for it.
chosen as (
  select
    f.object_id, f.line, f.life, f.node, f.target_group_arn, f.target_ip, f.target_port, f.mechanism, f.time,
    f.routed_at, f.failed_at, f.has_target_cause, k.kind,
    case when k.kind = 'routed' then f.routed_at else f.failed_at end as moment
  from failed f
  cross join (values ('routed'), ('failed')) as k (kind)
  where f.target_ip is not null and f.mechanism <> 'target_error'
),
answered as (
  select
    c.object_id, c.line, c.life, c.node, c.target_group_arn, c.mechanism, c.time, c.routed_at, c.failed_at,
    c.has_target_cause, c.mechanism in ('connect_timeout', 'response_timeout') as is_timeout,
    max(case when c.kind = 'routed' then a.answered_before end) as answered_before,
    max(case when c.kind = 'routed' then a.answered_after end) as answered_after,
    max(case when c.kind = 'failed' then a.answered_before end) as failed_answered_before,
    max(case when c.kind = 'failed' then a.answered_after end) as failed_answered_after
  from chosen c
  left join answer_around a
    on a.target_ip = c.target_ip and a.target_port = c.target_port and a.moment = c.moment
  group by
    c.object_id, c.line, c.life, c.node, c.target_group_arn, c.mechanism, c.time, c.routed_at, c.failed_at,
    c.has_target_cause
),
-- Pods that fell silent together, by node: within a minute of each other, and no sign of life since.
silent as (
  select
    a.*,
    -- A response timeout began at some time between R and F.
    is_timeout
      and not coalesce(
        failed_answered_before >= failed_at - interval '5' second and mechanism = 'response_timeout', false
      )
      and not coalesce(failed_answered_after <= failed_at + interval '60' second, false) as is_silent
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
-- A second more on both sides, for clocks that print whole seconds. What is closed is closed when the process dies; a
-- connection is refused until it listens again, and is never silent for it.
told as (
  select
    c.object_id, c.line, c.answered_before, c.answered_after, c.is_silent,
    case when c.is_timeout and c.node is not null then coalesce(c.lives, 0) else 0 end as silent_pods,
    case when c.is_timeout and c.target_group_arn is not null then coalesce(c.nodes, 0) else 0 end as silent_nodes,
    d.life is not null as is_restarted, d.earliest as restarted_earliest, d.latest as restarted_latest,
    d.container as restarted_container, d.exit_code as restarted_exit_code, d.reason as restarted_reason,
    n.node is not null as is_node_told, n.told_latest as node_told_at, n.reason as node_reason,
    u.life is not null as is_unready_soon,
    row_number() over (
      partition by c.object_id, c.line
      order by d.latest desc, d.container, d.exit_code, d.reason, n.silent_from, n.told_latest
    ) as position
  from counted c
  left join restarted d
    on c.has_target_cause and d.life = c.life
    and d.earliest <= c.time + interval '1' second
    and case
      when c.mechanism = 'closed_in_flight'
        then d.latest >= later(c.routed_at, c.time - interval '2' second) - interval '1' second
      when c.mechanism = 'response_timeout' then d.latest >= c.routed_at - interval '1' second
      when c.mechanism = 'connect_failed'
        then coalesce(d.ready_again, d.latest + interval '30' second) >= c.routed_at - interval '1' second
      else false
    end
  left join node_loss n
    on c.has_target_cause and n.node = c.node and n.until > c.routed_at
    and n.silent_from <= case when c.mechanism = 'connect_timeout' then c.routed_at else c.time end
  left join fact u
    on c.is_timeout and u.life = c.life and u.event = 'unready'
    and coalesce(u.latest, u.earliest) >= c.routed_at
    and coalesce(u.earliest, u.latest) <= c.failed_at + interval '75' second
  where c.shift = 0
)
select
  f.*,
  t.restarted_earliest, t.restarted_latest, t.restarted_container, t.restarted_exit_code, t.restarted_reason,
  coalesce(t.is_restarted, false) as is_restarted,
  place(f.routed_at, f.deleted_earliest, f.deleted_latest) as routed_deletion,
  place(f.failed_at, f.deleted_earliest, f.deleted_latest) as failed_deletion,
  place(f.routed_at, f.deregistered_earliest, f.deregistered_latest) as routed_deregistration,
  place(f.routed_at, f.ready_earliest, f.ready_latest) as routed_ready,
  d.seconds as deregistration_delay_seconds,
  -- The balancer ended what was left: seen to (two listings), or as the deregistration delay says. 300 s is the default.
  coalesce(f.drained_earliest, f.deregistered_earliest + coalesce(d.seconds, 300) * interval '1' second)
    as drain_end_earliest,
  coalesce(f.drained_latest, f.deregistered_latest + (coalesce(d.seconds, 300) + 1) * interval '1' second)
    as drain_end_latest,
  d.seconds is not null or f.drained_latest is not null as is_drain_known,
  t.answered_before, t.answered_after,
  g.answered_before as group_answered_before, g.answered_after as group_answered_after, g.healthy_before as group_healthy_before,
  coalesce(t.is_silent, false) as is_silent, coalesce(t.silent_pods, 0) as silent_pods,
  coalesce(t.silent_nodes, 0) as silent_nodes,
  coalesce(t.is_node_told, false) as is_node_told, t.node_told_at, t.node_reason,
  coalesce(t.is_unready_soon, false) as is_unready_soon
from failed f
left join told t on t.object_id = f.object_id and t.line = f.line and t.position = 1
left join deregistration_delay d on d.target_group_arn = f.target_group_arn
left join group_around g on g.group_key = f.target_group_arn and g.moment = f.routed_at
