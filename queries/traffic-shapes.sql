-- Title: What each incident looks like in the traffic alone
-- Group: is it the rollout
-- Why: without any evidence the traffic still has a shape: targets fell silent for good while new ones began, all targets
--   timed out at once, one node of the balancer failed. An incident is a series of failures of one target group with
--   pauses of at most five minutes; one row each. `shape` is NULL where none fits four fifths of the failures. `fitting`
--   failures lie as the shape says, `targets` is the number of its targets, `began_at` and `ended_at` are its times. It is a
--   likeness, and no cause: `proof` is the one source that would prove it. docs/verdicts.md has the shapes.
-- Param: from timestamp = null -- incidents that ended from then on
-- Param: to timestamp = null -- incidents that began before then
-- Param: target_group text = null -- part of the target group's ARN
-- Needs: failure, alb_log, alb_count, special_group
-- Cost: one scan of the failed rows, and one of all rows of their target groups.
with failed as (
  select
    target_group_arn, request_creation_time as routed_at, target_ip || ':' || cast(target_port as varchar) as target, mechanism,
    ip_address, elapsed
  from failure
  where mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout', 'no_target')
    and target_group_arn is not null and request_creation_time is not null
    and (cast($target_group as varchar) is null or strpos(target_group_arn, cast($target_group as varchar)) > 0)
    -- An incident that began earlier is cut there, so that an hour costs an hour.
    and (cast($from as timestamp(6)) is null or request_creation_time >= cast($from as timestamp(6)) - interval '4' hour)
    and (cast($to as timestamp(6)) is null or request_creation_time < cast($to as timestamp(6)) + interval '4' hour)
),
paused as (
  select f.*, lag(routed_at) over (partition by target_group_arn order by routed_at) as previous_at
  from failed f
),
numbered as (
  select
    p.*,
    sum(
      case
        when previous_at is null or seconds_between(previous_at, routed_at) > incident_pause_seconds() then 1
        else 0
      end
    ) over (partition by target_group_arn order by routed_at rows unbounded preceding) as incident
  from paused p
),
sized as (
  select
    n.*, min(routed_at) over (partition by target_group_arn, incident) as first_failure,
    max(routed_at) over (partition by target_group_arn, incident) as last_failure
  from numbered n
),
-- Joined by equality alone: a comparison of times would read each row of a group for each of its incidents.
span as (
  select distinct
    n.target_group_arn, n.incident, n.first_failure, n.last_failure,
    span_of(n.routed_at) + k.shift * interval '10' minute as span
  from sized n
  cross join (values (-1), (0), (1)) as k (shift)
),
-- Of requests that `load --keep failures` only counted, the minutes are known: each of their times lies between two.
answer as (
  select
    target_group_arn, span_of(request_creation_time) as span, target_ip, target_port,
    case when target_status_code is not null then 1 else 0 end as answers, request_creation_time as earliest,
    request_creation_time as latest, ip_address as node
  from alb_log
  where target_ip is not null
    and (cast($from as timestamp(6)) is null or request_creation_time >= cast($from as timestamp(6)) - interval '6' hour)
    and (cast($to as timestamp(6)) is null or request_creation_time < cast($to as timestamp(6)) + interval '6' hour)
  union all
  select
    target_group_arn, span_of(minute), target_ip, target_port,
    case when target_status_code is not null then requests else 0 end, minute, minute + interval '1' minute, null
  from alb_count
  where target_ip is not null
    and (cast($from as timestamp(6)) is null or minute >= cast($from as timestamp(6)) - interval '6' hour)
    and (cast($to as timestamp(6)) is null or minute < cast($to as timestamp(6)) + interval '6' hour)
),
asked as (
  select
    s.target_group_arn, s.incident, s.first_failure, s.last_failure, a.target_port, a.target_ip || ':' || cast(a.target_port as varchar) as target,
    sum(a.answers) as answers,
    min(case when a.answers > 0 then a.earliest end) as first_at,
    min(case when a.answers > 0 then a.latest end) as first_latest,
    max(case when a.answers > 0 then a.earliest end) as last_earliest,
    max(case when a.answers > 0 then a.latest end) as last_at,
    min(case when a.answers > 0 then a.node end) as first_node,
    max(case when a.answers > 0 then a.node end) as last_node
  from span s
  join answer a on a.target_group_arn = s.target_group_arn and a.span = s.span
  group by
    s.target_group_arn, s.incident, s.first_failure, s.last_failure, a.target_port, a.target_ip || ':' || cast(a.target_port as varchar)
),
grouped as (
  select
    a.*, min(a.first_latest) over w as group_first_at, max(a.last_earliest) over w as group_last_at,
    a.first_failure - incident_pause_seconds() * interval '1' second as counts_from,
    a.last_failure + incident_pause_seconds() * interval '1' second as counts_until
  from asked a
  window w as (partition by a.target_group_arn, a.incident)
),
-- Gone is who answered and never did again, new who had not answered: for a minute, and in which answers were due at its pace.
marked as (
  select
    g.*,
    coalesce(
      last_at >= counts_from and last_at <= counts_until and last_at <= group_last_at - silence_window()
        and answers * seconds_between(last_at, group_last_at) >= due_answers() * seconds_between(first_at, last_at),
      false
    ) as is_gone,
    coalesce(
      first_at >= counts_from and first_at <= counts_until and first_at >= group_first_at + silence_window()
        and answers * seconds_between(group_first_at, first_at) >= due_answers() * seconds_between(first_at, last_at),
      false
    ) as is_new,
    -- A minute may be too long to say whether a target is new.
    coalesce(
      first_latest > group_first_at + silence_window() and first_at < group_first_at + silence_window(), false
    ) as is_unsure
  from grouped g
),
-- Failures and targets together, so that neither is read twice: an engine that plans a clause again for each use reads the log for each.
told as (
  select
    1 as is_target, target_group_arn, incident, target, target_port, first_failure, last_failure,
    case when is_gone then 1 else 0 end as is_gone, case when is_new then 1 else 0 end as is_new,
    case when answers > 0 and not is_gone and not is_new then 1 else 0 end as is_staying,
    case when is_unsure and not is_gone and not is_new then 1 else 0 end as is_unsure,
    first_at, last_at, first_node, last_node, cast(null as timestamp(6)) as routed_at, cast(null as varchar) as mechanism,
    cast(null as varchar) as ip_address, cast(null as double) as elapsed
  from marked
  union all
  select
    0, target_group_arn, incident, target, null, first_failure, last_failure, null, null, null, null, null, null, null, null,
    routed_at, mechanism, ip_address, elapsed
  from sized
),
joined as (
  select
    t.*, max(is_gone) over w as of_gone_target, max(is_new) over w as of_new_target, max(first_at) over w as target_first_at,
    max(last_at) over w as target_last_at
  from told t
  window w as (partition by target_group_arn, incident, target)
),
-- How each failure lies to the answers of its target.
placed as (
  select
    j.*,
    is_target = 0 and mechanism in ('connect_timeout', 'response_timeout') as is_timeout,
    is_target = 0 and mechanism = 'closed_in_flight' and elapsed < race_seconds() as is_race,
    is_target = 0 and target is not null
      and coalesce(of_gone_target = 1 and routed_at >= target_last_at - silence_window(), false) as is_of_gone,
    is_target = 0 and target is not null and coalesce(target_last_at > routed_at + last_sign(), false) as is_of_living,
    is_target = 0 and target is not null
      and coalesce(of_new_target = 1 and routed_at < target_first_at + new_target_age(), false) as is_of_new
  from joined j
),
by_node as (
  select
    p.*,
    sum(case when is_of_living and is_timeout then 1 else 0 end) over (partition by target_group_arn, incident, ip_address)
      as of_node
  from placed p
),
summed as (
  select
    target_group_arn, incident, min(first_failure) as first_failure, max(last_failure) as last_failure,
    count(case when is_target = 0 then 1 end) as failures, count(distinct case when is_target = 0 then target end) as failed_targets,
    sum(case when mechanism = 'no_target' then 1 else 0 end) as of_no_target,
    -- NULL where nobody was asked.
    nullif(sum(is_target), 0) as asked_targets, min(first_node) as first_node, max(last_node) as last_node,
    min(target_port) as first_port, max(target_port) as last_port,
    sum(case when is_target = 1 then is_gone end) as gone_targets,
    sum(case when is_target = 1 then is_new end) as new_targets,
    sum(case when is_target = 1 then is_staying end) as staying_targets,
    sum(case when is_target = 1 then is_unsure end) as unsure_targets,
    min(case when is_gone = 1 then last_at end) as gone_from, max(case when is_gone = 1 then last_at end) as gone_until,
    max(of_node) as of_node,
    sum(case when is_of_gone then 1 else 0 end) as of_gone,
    sum(case when is_of_gone and not is_timeout then 1 else 0 end) as of_gone_closed,
    sum(case when is_of_gone and mechanism = 'response_timeout' then 1 else 0 end) as of_gone_unanswered,
    sum(case when is_of_living then 1 else 0 end) as of_living,
    sum(case when is_of_living and is_timeout then 1 else 0 end) as of_timeout,
    count(distinct case when is_of_living and is_timeout then target end) as timeout_targets,
    sum(case when is_of_living and mechanism = 'connect_timeout' then 1 else 0 end) as of_connect,
    count(distinct case when is_of_living and mechanism = 'connect_timeout' then target end) as connect_targets,
    sum(case when is_of_living and mechanism = 'response_timeout' then 1 else 0 end) as of_slow,
    count(distinct case when is_of_living and mechanism = 'response_timeout' then target end) as slow_targets,
    sum(case when is_of_living and is_race then 1 else 0 end) as of_race,
    count(distinct case when is_of_living and is_race then target end) as race_targets,
    sum(case when is_of_new then 1 else 0 end) as of_new,
    count(distinct case when is_of_new then target end) as new_failed_targets
  from by_node
  group by target_group_arn, incident
),
-- A rollout that leaves no target of before empties the group too. Whoever goes behind a node port is not in the log.
fitted as (
  select
    s.target_group_arn, s.first_failure, s.last_failure, s.failures, s.failed_targets, s.of_no_target, s.asked_targets,
    s.first_node <> s.last_node as has_nodes, s.gone_targets, s.new_targets, s.staying_targets, s.unsure_targets,
    s.gone_from, s.gone_until, s.of_node, s.of_gone_closed, s.of_gone_unanswered, s.of_living, s.of_timeout, s.timeout_targets,
    s.of_connect, s.connect_targets, s.of_slow, s.slow_targets, s.of_race, s.race_targets, s.of_new, s.new_failed_targets,
    s.of_gone + case when s.staying_targets = 0 and s.new_targets > 0 then s.of_no_target else 0 end as of_gone,
    shape_share() * s.failures as enough,
    coalesce(s.first_port >= 30000 and s.last_port <= 32767, false) as is_node_port,
    case
      when s.first_port >= 30000 and s.last_port <= 32767 then 'node_port'
      when coalesce(g.has_instances, 0) = 1 then 'instance'
      when s.target_group_arn like '%targetgroup/k8s-%' then 'pod'
      when s.first_port >= 32768 and s.first_port < s.last_port then 'ecs_task'
    end as target_kind
  from summed s
  left join special_group g on g.target_group_arn = s.target_group_arn
),
shaped as (
  select
    f.*,
    case
      when of_gone >= enough and gone_targets > 0 then
        case
          when new_targets >= 2 and gone_targets >= 2 and not is_node_port
            and gone_targets >= shape_share() * (gone_targets + staying_targets) then 'rollout'
          when staying_targets > 0 and of_gone_closed = 0 and of_gone_unanswered > 0
            and seconds_between(gone_from, gone_until) <= at_once_seconds() then 'silent_targets'
          when staying_targets > 0 and new_targets > 0 and not is_node_port then 'replaced_targets'
          when staying_targets > 0 and unsure_targets = 0 and of_gone_closed > 0 and not is_node_port then 'scale_in'
        end
      when of_no_target >= enough then 'empty_group'
      when failures < pattern_failures() then null
      when of_race >= enough then 'keep_alive_race'
      when of_timeout >= enough and of_node >= enough and timeout_targets >= 2 and has_nodes then 'one_balancer_node'
      when of_timeout >= enough and 2 * of_connect >= failures and connect_targets >= 2
        and connect_targets >= shape_share() * asked_targets and not is_node_port then 'all_unreachable'
      when of_new >= enough and new_failed_targets >= 2 then 'new_targets_only'
      when of_slow >= enough and slow_targets >= 2 and 2 * slow_targets >= asked_targets then 'slow_application'
      -- Others were chosen, and that all failures met this one is no chance.
      when failed_targets = 1 and of_living >= enough and asked_targets >= 2
        and (failures - 1) * ln(cast(asked_targets as double)) >= ln(pattern_odds()) then 'one_target'
    end as shape
  from fitted f
)
select
  target_group_arn, first_failure, last_failure, failures, shape,
  case
    when shape in ('rollout', 'silent_targets', 'replaced_targets', 'scale_in') then of_gone
    when shape = 'empty_group' then of_no_target
    when shape = 'keep_alive_race' then of_race
    when shape = 'one_balancer_node' then of_node
    when shape = 'all_unreachable' then of_timeout
    when shape = 'new_targets_only' then of_new
    when shape = 'slow_application' then of_slow
    when shape = 'one_target' then of_living
  end as fitting,
  case
    when shape in ('rollout', 'silent_targets', 'replaced_targets', 'scale_in') then gone_targets
    when shape = 'empty_group' then 0
    when shape = 'keep_alive_race' then race_targets
    when shape = 'one_balancer_node' then timeout_targets
    when shape = 'all_unreachable' then connect_targets
    when shape = 'new_targets_only' then new_failed_targets
    when shape = 'slow_application' then slow_targets
    when shape = 'one_target' then 1
  end as targets,
  case
    when shape = 'silent_targets' then gone_from
    when shape in ('rollout', 'replaced_targets', 'scale_in') then earlier(gone_from, first_failure)
    when shape is not null then first_failure
  end as began_at,
  case
    when shape = 'silent_targets' then gone_until
    when shape in ('rollout', 'replaced_targets', 'scale_in') then later(gone_until, last_failure)
    when shape is not null then last_failure
  end as ended_at,
  target_kind,
  case
    when shape is null then null
    when shape = 'empty_group' then 'CloudTrail'
    when target_kind = 'pod' then 'pods and Events'
    when target_kind = 'node_port' then 'nodes and Events'
    when target_kind = 'ecs_task' then 'events of ECS'
    when target_kind = 'instance' then 'scaling activities'
    else 'CloudTrail'
  end as proof
from shaped
where (cast($from as timestamp(6)) is null or last_failure >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or first_failure < cast($to as timestamp(6)))
order by first_failure desc, target_group_arn
