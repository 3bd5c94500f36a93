-- Title: Readiness of pods, from one change to the next
-- Why: a pod that is not ready is deregistered. `next_state` is what it changed to; a pod that became ready
--   after it had been ready was not ready in between, from an unknown time. A state holds from the latest that it can
--   have begun, until the earliest that the next one can have: between two scrapes it is not known.
-- Needs: life_fact
with change as (
  select distinct life, event as state, coalesce(earliest, latest) as earliest, coalesce(latest, earliest) as latest
  from life_fact
  where event in ('ready', 'unready')
),
followed as (
  select
    c.*,
    lag(state) over w as previous_state, lag(latest) over w as previous_latest
  from change c
  window w as (partition by life order by latest, earliest, state)
),
-- Two sources of one change say the same, each as precisely as it can.
distinct_change as (
  select life, state, earliest, latest as since
  from followed
  where previous_state is null or previous_state <> state or earliest > previous_latest
)
select
  life, state, since, lead(state) over (partition by life order by since, state) as next_state,
  lead(earliest) over (partition by life order by since, state) as until
from distinct_change
