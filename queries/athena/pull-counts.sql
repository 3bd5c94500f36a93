-- Title: All plain lines of a window, counted as `load --keep failures` counts what it does not keep
-- Why: which targets fail, and when, is known only when all is counted, and what is not fetched as rows is kept as counts. Lines outside the
--   window are counted by object alone: the ledger says how many were left out.
-- Needs: part
-- Cost: one reading of the days of the window.
with windowed as (
  select
    path, time, routed, received, sent, fields,
    case when time >= $from and time < $to then 1 else 0 end as inside,
    case when time >= $from and time < $to then substr(time, 1, 16) end as minute,
    case when time >= $from and time < $to then elb end as elb,
    case when time >= $from and time < $to then target_group end as target_group,
    case when time >= $from and time < $to then target end as target,
    case when time >= $from and time < $to then elb_status end as elb_status,
    case when time >= $from and time < $to then target_status end as target_status
  from part
  where time is not null
)
select
  path, inside, minute, elb, target_group, target, elb_status, target_status,
  count(*) as requests,
  sum(case when received <> '-' then cast(received as bigint) else 0 end) as received_bytes,
  sum(case when sent <> '-' then cast(sent as bigint) else 0 end) as sent_bytes,
  min(time) as first_time, max(time) as last_time,
  sum(case when fields > $known_fields then fields - $known_fields else 0 end) as extra_fields,
  min(routed) as first_routed
from windowed
group by path, inside, minute, elb, target_group, target, elb_status, target_status
