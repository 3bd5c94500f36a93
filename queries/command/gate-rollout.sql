-- Title: The rollouts since a time, and whether they have ended
-- Why: `check --gate` judges a rollout when it is over: each life of an older version has ended, and so long after it that its
--   balancer has let go of it too. A life without an end counts if its version was seen since that time, or is the one that
--   the newest version replaces: of older ones the end was missed, and they would be waited for in vain. The newest is the one
--   that was created last among those that live: after an aborted canary that is the one before it.
-- Param: from timestamp = null -- start of the window
-- Needs: lives, target_life, deregistration_delay, alb_log
with target as (
  select target_ip as ip from target_life
  union
  select target_ip from alb_log where cast($from as timestamp) is null or time >= cast($from as timestamp)
),
-- Jobs and other pods that no load balancer has come and go all the time.
served as (
  select distinct coalesce(l.namespace || '/', '') || l.deployment as deployment
  from lives l
  join target t on t.ip = l.ip
  where l.deployment is not null
),
life as (
  select
    coalesce(namespace || '/', '') || deployment as deployment, workload, coalesce(started_by, '') as started_by, ip, created_at,
    deleted_at, earlier(finished_latest, gone_latest) as ended_at,
    later(later(seen_until, created_at), later(deleted_at, earlier(finished_latest, gone_latest))) as shown_at
  from lives
  where coalesce(namespace || '/', '') || deployment in (select deployment from served)
),
version as (
  select
    deployment, workload, started_by, min(created_at) as first_at, max(shown_at) as shown_at,
    row_number() over (partition by deployment order by max(created_at) desc nulls last, workload, started_by) as position,
    row_number() over (
      partition by deployment
      order by
        max(case when deleted_at is null and ended_at is null then 1 else 0 end) desc, max(created_at) desc nulls last, workload, started_by
    ) as living_position
  from life
  group by deployment, workload, started_by
),
-- Versions that may go on: all with a sign of life, and the one that the newest replaces.
current_version as (
  select v.deployment, v.workload, v.started_by, n.workload as newest_workload, n.started_by as newest_started_by
  from version v
  join version n on n.deployment = v.deployment and n.living_position = 1
  where cast($from as timestamp) is null
    or v.shown_at >= cast($from as timestamp)
    or v.position = n.position + 1 and n.first_at >= cast($from as timestamp)
),
old as (
  select l.*
  from life l
  join current_version v on v.deployment = l.deployment and v.workload = l.workload and v.started_by = l.started_by
  where (l.ended_at is null or cast($from as timestamp) is null or l.ended_at >= cast($from as timestamp))
    and (
      l.deleted_at is not null
      or is_other_version(l.workload, l.started_by, v.newest_workload, v.newest_started_by)
    )
),
delay as (
  select t.target_ip, max(d.seconds) as seconds
  from (select distinct target_ip, target_group_key from target_life) t
  join deregistration_delay d on d.target_group_arn = t.target_group_key
  group by t.target_ip
)
-- Lives that are not known to have ended; the latest end of the others with the deregistration delay after it, in microseconds.
select
  o.deployment as workload,
  sum(case when o.ended_at is null then 1 else 0 end) as going,
  epoch_us(
    max(later(o.ended_at, o.deleted_at) + cast(coalesce(d.seconds, default_delay_seconds()) as integer) * interval '1' second)
  ) as over_at
from old o
left join delay d on d.target_ip = o.ip
group by o.deployment
order by o.deployment
