-- Title: The last known deregistration delay of each target group
-- Why: for this long the balancer lets a deregistered target finish its requests. The last reading counts.
-- Needs: setting
with stated_delay as (
  select
    subject as target_group_arn, cast(nullif(regexp_extract(value, '^([0-9]{1,6})$', 1), '') as double) as seconds,
    row_number() over (partition by subject order by coalesce(latest, earliest) desc nulls last, value) as position
  from setting
  where scope = 'target_group' and key = 'deregistration_delay.timeout_seconds'
)
select target_group_arn, seconds from stated_delay where position = 1 and seconds is not null
