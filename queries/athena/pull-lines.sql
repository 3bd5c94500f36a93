-- Title: The lines of a window that verdicts need
-- Why: failures; of targets that fail or go away every request of the ten minutes that matter, and of other times the first and the
--   last answers; of a group with failures the first and last answers of each target in ten minutes, of each balancer node in five,
--   and of the whole group in each second near a failure: rules ask whether others answered. And every line that is not plain. They come as
--   they were written, so that one reader reads all lines. Equal lines of one object come once, with their number.
-- Needs: part, kept_target, near_span, kept_group
-- Cost: one reading of the days of the window; its rows are what travels.
with placed as (
  select
    path, line, time, routed, elb, target_group, target, elb_status, target_status, is_fixed,
    path || chr(10) || line as packed,
    coalesce(substr(target, 1, $target_length) in (select target from kept_target), false) as is_kept,
    $every_group or coalesce(target_group in (select target_group from kept_group), false) as is_grouped,
    coalesce(substr(routed, 1, $span_length) in (select span from near_span), false) as is_routed_near,
    coalesce(substr(time, 1, $span_length) in (select span from near_span), false) as is_near
  from part
  where time is null or time >= $from and time < $to
),
used as (
  select
    p.*,
    case
      when time is null then 'line'
      when elb_status >= '500' or elb_status = '460' or elb_status >= '400' and target_status <> elb_status and not is_fixed
        then 'line'
      when is_kept and (is_routed_near or is_near) then 'line'
      when cast($text as varchar) is not null and strpos(line, cast($text as varchar)) > 0 then 'line'
      when target_status <> '-' and (is_kept or is_grouped) then 'answer'
    end as use
  from placed p
),
chosen as (
  select
    level, count(*) as copies, max(case when time is null then 0 else 1 end) as is_plain,
    min(coalesce(routed, '') || chr(10) || packed) as first_one,
    max(coalesce(routed, '') || chr(10) || packed) as last_one,
    max(coalesce(time, '') || chr(10) || packed) as ended_one
  from used
  cross join (select 'line' as level union all select 'target' union all select 'group' union all select 'node') levels
  where case level
    when 'line' then use = 'line'
    when 'target' then use = 'answer'
    else use = 'answer' and is_grouped
  end
  group by
    level,
    case when level = 'line' then packed end,
    case when level = 'target' then elb end,
    case when level <> 'line' then target_group end,
    case when level = 'target' then target end,
    -- One balancer node writes one object in five minutes.
    case when level = 'node' or level = 'target' and is_kept then path end,
    case
      when level = 'target' or level = 'group' and not is_routed_near then substr(routed, 1, 15)
      when level = 'group' then substr(routed, 1, 19)
    end
),
listed as (
  select
    level, case when level = 'line' then copies else 1 end as copies, is_plain,
    case kind when 'first' then first_one when 'last' then last_one else ended_one end as one
  from chosen
  cross join (select 'first' as kind union all select 'last' union all select 'ended') kinds
  where level <> 'line' or kind = 'first'
)
select distinct split_part(one, chr(10), 2) as path, split_part(one, chr(10), 3) as line, copies, is_plain
from listed
