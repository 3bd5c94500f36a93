-- Title: Restarts of containers in living pods
-- Why: `ready_again` is when the pod was next ready. A status shows the last restart alone: where its count says that there
--   were others before, `unknown_from` is when those may have begun, until this one.
-- Needs: life_fact
with fact as (
  select life, event, earliest, latest, container, exit_code, reason, container_ports, other_ports, restart_count
  from life_fact
  where event in ('restarted', 'ready')
),
restarted as (
  select
    life, container, max(exit_code) as exit_code, max(reason) as reason, earliest, coalesce(latest, earliest) as latest,
    max(container_ports) as container_ports, max(other_ports) as other_ports, max(restart_count) as restart_count
  from fact
  where event = 'restarted'
  group by life, container, earliest, coalesce(latest, earliest)
),
counted as (
  select
    r.*,
    lag(restart_count) over w as previous_count,
    lag(latest) over w as previous_latest
  from restarted r
  window w as (partition by life, container order by latest, earliest)
)
select
  d.life, d.container, d.exit_code, d.reason, d.earliest, d.latest, d.container_ports, d.other_ports,
  case
    when d.restart_count - coalesce(d.previous_count, 0) > 1 then coalesce(d.previous_latest, timestamp '0001-01-01 00:00:00')
  end as unknown_from,
  min(coalesce(r.latest, r.earliest)) as ready_again
from counted d
left join fact r
  on r.life = d.life and r.event = 'ready' and coalesce(r.earliest, r.latest) > coalesce(d.earliest, d.latest)
group by
  d.life, d.container, d.exit_code, d.reason, d.earliest, d.latest, d.container_ports, d.other_ports, d.restart_count,
  d.previous_count, d.previous_latest
