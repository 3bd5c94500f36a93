-- Title: One row per registration of a target, merged from all sources
-- Why: `deregistered_*` is X of the verdicts: when the call was made, or between the last time the target was seen
--   registered and the first time it was seen draining (or, where that was missed, unused or absent). What a listing or a
--   health check shows after X does not undo it. `drained_*` is when it was seen to stop draining. Times of one
--   registration are bounded by `begins` and `ends`; from `unsure_from` on the next one may have begun.
-- Column: target_group_key -- target group; empty where no source names it
-- Column: life_number -- number of the registration, of this target in this group
-- Column: begins, ends -- the registration lies between
-- Column: unsure_from -- from then on the next registration may have begun
-- Column: registered_earliest, registered_latest -- when it was registered, no earlier and no later
-- Column: registered_from, registered_until -- when it was first and last known to be registered
-- Column: healthy_from, healthy_until -- when it was first and last seen healthy
-- Column: deregistered_earliest, deregistered_latest -- X: when it was deregistered, no earlier and no later
-- Column: deregistered_by -- what says so: call or listing
-- Column: deregistered_actor -- who called, where a call says so
-- Column: zone -- availability zone of the target
-- Column: drained_earliest, drained_latest -- when it stopped draining, no earlier and no later
-- Column: sources -- objects and lines with this evidence
-- Needs: target_observation, log_object
with bounded as (
  select
    o.*,
    min(case when registered = 0 then latest end) over w as deregistered_latest,
    min(case when registered = 1 and kind <> 'check' then latest end) over w as registered_from
  from target_observation o
  window w as (partition by target_group_key, target_ip, target_port, life_number)
),
life as (
  select
    target_group_key, target_ip, target_port, life_number,
    max(deregistered_latest) as deregistered_latest,
    max(registered_from) as registered_from,
    max(case when kind = 'call' and registered = 1 and earliest <= registered_from then earliest end)
      as registered_earliest,
    max(
      case when registered = 1 and kind = 'state' and (deregistered_latest is null or earliest <= deregistered_latest)
        then earliest end
    ) as registered_until,
    -- A call that is not known to have ended counts from its beginning.
    max(
      case when kind = 'call' and registered = 0 and (deregistered_latest is null or earliest <= deregistered_latest)
        then earliest end
    ) as deregistering_from,
    min(case when kind = 'call' and registered = 0 then actor end) as deregistered_actor,
    max(zone) as zone,
    min(case when state = 'healthy' then latest end) as healthy_from,
    max(case when state = 'healthy' then earliest end) as healthy_until,
    max(case when state = 'draining' then earliest end) as drained_earliest,
    min(case when kind = 'state' and registered = 0 and state <> 'draining' then latest end) as drained_latest,
    max(case when registered = 0 then coalesce(earliest, latest) end) as over_at,
    max(case when registered = 0 and kind = 'call' then 1 else 0 end) as has_call
  from bounded
  group by target_group_key, target_ip, target_port, life_number
),
object_line as (
  select
    n.target_group_key, n.target_ip, n.target_port, n.life_number,
    coalesce(o.kind || ' ' || o.uri, 'object ' || cast(n.object_id as varchar)) || ':' || cast(min(n.line) as varchar)
      || case when max(n.line) > min(n.line) then '-' || cast(max(n.line) as varchar) else '' end as source
  from target_observation n
  left join log_object o on o.object_id = n.object_id
  group by n.target_group_key, n.target_ip, n.target_port, n.life_number, n.object_id, o.kind, o.uri
),
source as (
  select
    target_group_key, target_ip, target_port, life_number, array_join(array_agg(source order by source), '; ') as sources
  from object_line
  group by target_group_key, target_ip, target_port, life_number
),
following as (
  select
    l.*,
    lead(l.registered_from) over w as next_registered_from,
    lead(l.registered_earliest) over w as next_registered_earliest,
    lag(l.over_at) over w as previous_over_at
  from life l
  window w as (partition by l.target_group_key, l.target_ip, l.target_port order by l.life_number)
)
select
  f.target_group_key, f.target_ip, f.target_port, f.life_number,
  case
    when f.life_number = 0 then timestamp '0001-01-01 00:00:00'
    else coalesce(f.registered_from, f.registered_earliest)
  end as begins,
  coalesce(f.next_registered_from, f.next_registered_earliest, timestamp '9999-01-01 00:00:00') as ends,
  case when f.next_registered_from is not null then later(f.over_at, f.next_registered_earliest) end as unsure_from,
  coalesce(f.registered_earliest, f.previous_over_at) as registered_earliest, f.registered_from, f.registered_from as registered_latest, f.registered_until, f.healthy_from,
  f.healthy_until,
  later(f.registered_until, f.deregistering_from) as deregistered_earliest,
  f.deregistered_latest, f.drained_earliest, f.drained_latest,
  case
    when f.deregistered_latest is null and f.deregistering_from is null then null
    when f.has_call = 1 then 'call'
    else 'listing'
  end as deregistered_by,
  f.deregistered_actor, f.zone,
  s.sources
from following f
join source s
  on s.target_group_key = f.target_group_key
  and s.target_ip = f.target_ip
  and s.target_port = f.target_port
  and s.life_number = f.life_number
