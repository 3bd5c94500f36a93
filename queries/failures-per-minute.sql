-- Title: Failures per minute by mechanism
-- Group: what failed
-- Why: shows bursts, and whether they have one mechanism or several.
-- Param: from timestamp = null -- minutes from then on
-- Param: to timestamp = null -- minutes before then
-- Needs: failure
-- Cost: one scan of the failed rows.
select
  minute_of(time) as minute, mechanism, count(*) as failures,
  count(distinct target_ip) as targets,
  min(elb_status_code) as lowest_status, max(elb_status_code) as highest_status
from failure
where (cast($from as timestamp(6)) is null or time >= cast($from as timestamp(6)))
  and (cast($to as timestamp(6)) is null or time < cast($to as timestamp(6)))
group by minute_of(time), mechanism
order by minute, mechanism
