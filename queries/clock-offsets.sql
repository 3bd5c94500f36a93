-- Title: Clocks of the evidence that contradict the log, or each other
-- Group: is the data complete
-- Why: verdicts take the clocks of log and evidence to agree to clock_slack(). A clock that is off contradicts another one at
--   many targets by nearly the same seconds: pods fail for good before their deletion, or answer after their containers ended
--   (`compared_with` is log); containers end before their pods are deleted, or after these are gone; targets are deregistered
--   before their deletion, or chosen before their registration; two sources date one event. `seconds` is the median over these
--   targets: above 0 the clock of `event` in `source` is ahead of the other one, below 0 behind it, by at least that much.
--   `of_targets` are the targets whose times could have shown it. `node` is set where only that node's clock is off.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict, life_time, target_life, alb_log
-- Athena: loaded
-- Cost: one scan of the failed rows, and their verdicts; one of all rows of targets that failed or were registered.
with failed as (
  select
    life, node, target_kind, target_ip, target_port, request_creation_time, deregistered_by, deregistered_latest,
    mechanism in ('connect_timeout', 'connect_failed') as is_unconnected
  from verdict
  where life is not null and other_life is null and target_kind in ('pod', 'ecs_task') and target_ip is not null
    and request_creation_time is not null
    and (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
),
failed_life as (
  select
    life, max(node) as node, max(target_kind) as target_kind, target_ip, target_port,
    max(deregistered_by) as deregistered_by, max(deregistered_latest) as deregistered_latest
  from failed
  group by life, target_ip, target_port
),
-- As the sources say, not as other events bound it. A pod ends with its last container.
stated as (
  select
    life,
    max(case when event = 'deleted' then believed_earliest end) as deleted_earliest,
    max(case when event = 'deleted' then believed_latest end) as deleted_latest,
    max(case when event = 'deleted' then believed_source end) as deleted_source,
    max(case when event = 'finished' then believed_earliest end) as finished_earliest,
    max(case when event = 'finished' then believed_latest end) as finished_latest,
    max(case when event = 'finished' then believed_source end) as finished_source,
    max(case when event = 'gone' then believed_latest end) as gone_latest
  from life_time
  where event in ('deleted', 'finished', 'gone')
  group by life
),
dated as (
  select
    f.life, f.node, f.target_kind, f.target_ip, f.target_port, f.deregistered_by, f.deregistered_latest, s.deleted_earliest,
    s.deleted_latest, s.deleted_source, s.finished_earliest, s.finished_latest, s.finished_source, s.gone_latest
  from failed_life f
  join stated s on s.life = f.life
),
-- Its answers around its end. An error may be of a proxy that outlives the application.
answered as (
  select
    d.life, d.target_ip, d.target_port,
    max(case when a.request_creation_time <= d.deleted_latest + longest_clock_offset() then a.request_creation_time end)
      as answered_until_deletion,
    max(case when a.time <= d.finished_latest + longest_clock_offset() then a.time end) as answered_until_exit
  from dated d
  join alb_log a on a.target_ip = d.target_ip and a.target_port = d.target_port
  where a.target_status_code < 500 and a.request_creation_time is not null
    and a.time >= earlier(d.deleted_earliest, d.finished_earliest) - longest_termination()
    and a.request_creation_time <= later(d.deleted_latest, d.finished_latest) + longest_clock_offset()
  group by d.life, d.target_ip, d.target_port
),
-- From then on it answered nobody.
silent as (
  select f.life, f.target_ip, f.target_port, min(f.request_creation_time) as silent_from
  from failed f
  join answered a on a.life = f.life and a.target_ip = f.target_ip and a.target_port = f.target_port
  where f.is_unconnected and f.request_creation_time > a.answered_until_deletion
  group by f.life, f.target_ip, f.target_port
),
first_asked as (
  select t.target_group_key, t.target_ip, t.target_port, t.registered_earliest, min(a.request_creation_time) as asked_at
  from target_life t
  join alb_log a
    on a.target_group_arn = t.target_group_key and a.target_ip = t.target_ip and a.target_port = t.target_port
  where t.life_number = 0 and t.registered_earliest is not null
    and (cast($from as timestamp(6)) is null or a.time >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or a.time < cast($to as timestamp(6)))
  group by t.target_group_key, t.target_ip, t.target_port, t.registered_earliest
),
-- One row for each target and pair of clocks: two times, of which the first cannot be the later one (`ahead`), or the earlier
-- one (`behind`).
paired as (
  select
    case k.event when 'deleted' then d.deleted_source when 'deregistered' then d.deregistered_by else d.finished_source end as source,
    k.event, k.compared_with, k.side, d.life as target, coalesce(d.node, '') as node, d.deleted_earliest as happened_at,
    case
      when k.event = 'deleted' then d.deleted_earliest
      when k.event = 'deregistered' then d.deregistered_latest
      when k.side = 'ahead' then d.finished_earliest
      else d.finished_latest
    end as own_time,
    case
      when k.event = 'deleted' then s.silent_from
      when k.compared_with = 'log' then a.answered_until_exit
      when k.compared_with = 'gone' then d.gone_latest
      else d.deleted_earliest
    end as other_time
  from dated d
  cross join (
    values
      ('deleted', 'log', 'ahead'), ('finished', 'log', 'behind'), ('finished', 'deleted', 'behind'), ('finished', 'gone', 'ahead'),
      ('deregistered', 'deleted', 'behind')
  ) as k (event, compared_with, side)
  left join answered a on a.life = d.life and a.target_ip = d.target_ip and a.target_port = d.target_port
  left join silent s on s.life = d.life and s.target_ip = d.target_ip and s.target_port = d.target_port
  where case
    when k.compared_with = 'log' and k.event = 'finished' then true
    -- Containers of a pod that was deleted with grace 0 run on.
    when k.compared_with = 'gone' then d.target_kind = 'pod' and d.gone_latest > d.deleted_latest + forced_deletion()
    -- A task whose container ended by itself is stopped only afterwards; its scheduler deregisters it first.
    else d.target_kind = 'pod'
  end
  union all
  select
    'call', 'registered', 'log', 'ahead', target_group_key || ' ' || target_ip || ' ' || cast(target_port as varchar), '', asked_at,
    registered_earliest, asked_at
  from first_asked
  union all
  -- Two sources that date one event.
  select
    t.source, t.event, t.believed_source, case when t.earliest > t.believed_latest then 'ahead' else 'behind' end, t.life,
    coalesce(f.node, ''), t.believed_latest, case when t.earliest > t.believed_latest then t.earliest else t.latest end,
    case when t.earliest > t.believed_latest then t.believed_latest else t.believed_earliest end
  from life_time t
  join failed_life f on f.life = t.life
  where t.source <> t.believed_source and t.event in ('created', 'started', 'deleted', 'finished', 'gone')
),
-- For all nodes together, and for each.
examined as (
  select
    c.source, c.event, c.compared_with, c.side, c.target, c.happened_at, c.node,
    case when p.part = 'node' then c.node end as part, seconds_between(c.other_time, c.own_time) as seconds,
    case c.side
      when 'ahead' then c.own_time > c.other_time + clock_slack() and c.own_time <= c.other_time + longest_clock_offset()
      else c.own_time < c.other_time - clock_slack() and c.own_time >= c.other_time - longest_clock_offset()
    end as is_contradiction
  from paired c
  cross join (values ('all'), ('node')) as p (part)
  where c.own_time is not null and c.other_time is not null and (p.part = 'all' or c.event = 'finished' and c.node <> '')
),
centred as (
  select
    source, event, compared_with, part, count(*) as of_targets, nearest_rank(case when is_contradiction then seconds end, 0.5) as median
  from examined
  group by source, event, compared_with, part
),
counted as (
  select
    e.source, e.event, e.compared_with, e.part, m.of_targets, m.median, count(*) as targets, min(e.seconds) as least_seconds,
    max(e.seconds) as most_seconds, sum(
      case
        when e.seconds >= m.median - clock_spread_seconds() and e.seconds <= m.median + clock_spread_seconds() then 1
        else 0
      end
    ) as agreeing,
    count(distinct e.node) as nodes, min(e.happened_at) as first_at, max(e.happened_at) as last_at
  from examined e
  join centred m
    on m.source = e.source and m.event = e.event and m.compared_with = e.compared_with and m.part is not distinct from e.part
  where e.is_contradiction
  group by e.source, e.event, e.compared_with, e.part, m.of_targets, m.median
),
shown as (
  select
    c.*, max(case when part is null and nodes >= 2 then 1 else 0 end) over (partition by source, event, compared_with) as is_of_all,
    max(case when part is not null then 1 else 0 end) over (partition by source, event, compared_with) as is_of_node
  from counted c
  where targets >= least_clock_targets() and 2 * targets >= of_targets and agreeing >= agreeing_share() * targets
    -- Pods of one node that end at one moment may have one cause.
    and (nodes >= 2 or last_at > first_at + longest_clock_offset() or compared_with = 'log' and event <> 'deleted')
)
select
  source, event, compared_with, part as node, round(median, 1) as seconds, round(least_seconds, 1) as least_seconds,
  round(most_seconds, 1) as most_seconds, targets, of_targets
from shown
-- Where only one node contradicts, it is the clock of that node.
where case when part is null then is_of_all = 1 or is_of_node = 0 else is_of_all = 0 end
order by case when compared_with = 'log' then 0 else 1 end, targets desc, source, event, compared_with, node
