-- Title: Contradictions between sources, with the source that was believed
-- Why: precision and trust settle a contradiction (docs/evidence.md), and this view reports it. `seconds_apart` is the
--   gap between the two intervals. Many of one source mean that its clock is wrong, or that --timezone was.
-- Column: subject -- pod or target
-- Column: event -- event with contradicting times
-- Column: believed_earliest, believed_latest, believed_source -- the believed interval, and its kind of object
-- Column: earliest, latest, source -- the rejected interval, and its kind of object
-- Column: seconds_apart -- gap between the two
-- Needs: life_time, lives, target_observation, target_life, log_object
with pod_time as (
  select
    p.namespace, p.name as subject, t.event, nullif(t.container, '') as container,
    t.believed_earliest, t.believed_latest, t.believed_source, t.earliest, t.latest, t.source, t.object_id, t.line
  from life_time t
  join lives p on p.life = t.life
  where not t.agrees and t.event in ('created', 'started', 'deleted', 'finished', 'gone')
  -- Events that happen once. Other events may happen again, so each of their times may be right.
),
target_time as (
  select
    t.target_group_key as namespace, t.target_ip || ':' || cast(t.target_port as varchar) as subject,
    'deregistered' as event, cast(null as varchar) as container,
    t.deregistered_earliest as believed_earliest, t.deregistered_latest as believed_latest,
    t.deregistered_by as believed_source, o.earliest, o.latest, coalesce(l.kind, '') as source, o.object_id, o.line
  from target_observation o
  join target_life t
    on t.target_group_key = o.target_group_key
    and t.target_ip = o.target_ip
    and t.target_port = o.target_port
    and t.life_number = o.life_number
  left join log_object l on l.object_id = o.object_id
  where o.kind = 'state' and o.registered = 1 and o.earliest > t.deregistered_latest
)
select
  namespace, subject, event, container, believed_earliest, believed_latest, believed_source, earliest, latest, source,
  object_id, line,
  case
    when believed_latest < earliest then seconds_between(believed_latest, earliest)
    else seconds_between(latest, believed_earliest)
  end as seconds_apart
from (select * from pod_time union all select * from target_time) c
