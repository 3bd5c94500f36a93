-- Title: Loaded objects behind the verdicts, per target group and hour
-- Why: a program wants the sources one by one, not the text of a verdict.
-- Param: from timestamp = null -- failures from then on
-- Param: to timestamp = null -- failures before then
-- Needs: verdict
with stated as (
  select target_group_arn, date_trunc('hour', time) as hour, unnest(string_split(evidence, '; ')) as source
  from verdict
  where mechanism in ('connect_timeout', 'connect_failed', 'closed_in_flight', 'response_timeout')
    and (cast($from as timestamp) is null or time >= cast($from as timestamp))
    and (cast($to as timestamp) is null or time < cast($to as timestamp))
)
select target_group_arn, hour, regexp_replace(source, ':[0-9]+(-[0-9]+)?$', '') as source, count(*) as failures
from stated
group by all
order by failures desc, source
