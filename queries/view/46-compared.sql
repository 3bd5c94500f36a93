-- Title: Each failure with every comparison that its cause may need
-- Why: all that is compared, and nothing that is concluded. R (`routed_at`) is request_creation_time; F (`failed_at`) is
--   time, except that a connect timeout failed at R, where its target was already silent. D is the pod's deletion, X the
--   target's deregistration, T the pod's exit. Where R or F lies against D, X, T is 'before' the interval, 'after' it,
--   'within' it (not settled) or NULL (not known).
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
-- A second more on both sides, for clocks that print whole seconds. What is closed is closed when the process dies; a
-- connection is refused until it listens again, and is never silent for it.
restart as (
  select
    f.object_id, f.line, d.earliest, d.latest, d.container, d.exit_code, d.reason,
    row_number() over (
      partition by f.object_id, f.line order by d.latest desc, d.container, d.exit_code, d.reason
    ) as position
  from failed f
  join restarted d
    on d.life = f.life
    and d.earliest <= f.time + interval '1' second
    and case
      when f.mechanism = 'closed_in_flight'
        then d.latest >= later(f.routed_at, f.time - interval '2' second) - interval '1' second
      when f.mechanism = 'response_timeout' then d.latest >= f.routed_at - interval '1' second
      when f.mechanism = 'connect_failed'
        then coalesce(d.ready_again, d.latest + interval '30' second) >= f.routed_at - interval '1' second
      else false
    end
  where f.has_target_cause
),
-- Pods that fell silent together, by node: within a minute of each other, and no sign of life since.
silent as (
  select
    f.object_id, f.line, f.life, f.node, f.target_group_arn, date_trunc('minute', f.failed_at) as minute,
    -- A response timeout began at some time between R and F.
    not coalesce(a.answered_before >= f.failed_at - interval '5' second and f.mechanism = 'response_timeout', false)
      and not coalesce(a.answered_after <= f.failed_at + interval '60' second, false) as is_silent
  from failed f
  left join answer_around a
    on a.target_ip = f.target_ip and a.target_port = f.target_port and a.moment = f.failed_at
  where f.mechanism in ('connect_timeout', 'response_timeout') and f.target_ip is not null
),
silent_minute as (
  select node, life, target_group_arn, minute from silent where is_silent and node is not null
  union
  select node, life, target_group_arn, minute - interval '60' second from silent where is_silent and node is not null
  union
  select node, life, target_group_arn, minute + interval '60' second from silent where is_silent and node is not null
),
silent_node as (
  select node, minute, count(distinct life) as lives from silent_minute group by node, minute
),
silent_group as (
  select target_group_arn, minute, count(distinct node) as nodes from silent_minute group by target_group_arn, minute
),
loss as (
  select
    f.object_id, f.line, n.told_latest, n.reason,
    row_number() over (partition by f.object_id, f.line order by n.silent_from, n.told_latest) as position
  from failed f
  join node_loss n
    on n.node = f.node and n.until > f.routed_at
    and n.silent_from <= case
      when f.mechanism = 'connect_timeout' then f.routed_at
      else f.time
    end
  where f.has_target_cause
),
unready as (
  select distinct f.object_id, f.line
  from failed f
  join fact u
    on u.life = f.life and u.event = 'unready'
    and coalesce(u.latest, u.earliest) >= f.routed_at
    and coalesce(u.earliest, u.latest) <= f.failed_at + interval '75' second
  where f.mechanism in ('connect_timeout', 'response_timeout')
)
select
  f.*,
  t.earliest as restarted_earliest, t.latest as restarted_latest, t.container as restarted_container,
  t.exit_code as restarted_exit_code, t.reason as restarted_reason, t.line is not null as is_restarted,
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
  a.answered_before, a.answered_after,
  g.answered_before as group_answered_before, g.answered_after as group_answered_after, g.healthy_before as group_healthy_before,
  coalesce(s.is_silent, false) as is_silent, coalesce(sn.lives, 0) as silent_pods, coalesce(sg.nodes, 0) as silent_nodes,
  l.line is not null as is_node_told, l.told_latest as node_told_at, l.reason as node_reason,
  u.line is not null as is_unready_soon
from failed f
left join restart t on t.object_id = f.object_id and t.line = f.line and t.position = 1
left join deregistration_delay d on d.target_group_arn = f.target_group_arn
left join answer_around a
  on a.target_ip = f.target_ip and a.target_port = f.target_port and a.moment = f.routed_at
left join group_around g on g.group_key = f.target_group_arn and g.moment = f.routed_at
left join silent s on s.object_id = f.object_id and s.line = f.line
left join silent_node sn on sn.node = s.node and sn.minute = s.minute
left join silent_group sg on sg.target_group_arn = s.target_group_arn and sg.minute = s.minute
left join loss l on l.object_id = f.object_id and l.line = f.line and l.position = 1
left join unready u on u.object_id = f.object_id and u.line = f.line
