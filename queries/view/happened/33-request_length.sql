-- Title: Lengths of the answered requests, per target group
-- Why: advice rests on the longest request, or on a percentile of the lengths. One row per millisecond instead of one per
--   request; `elapsed` is the longest of its millisecond, so that the maximum is exact.
-- Column: elapsed -- the longest of these requests, in seconds from request_creation_time to time
-- Column: answers -- how many requests of this millisecond were answered
-- Needs: request
select
  target_group_arn, max(elapsed) as elapsed, count(*) as answers
from request
where target_status_code is not null and elapsed is not null and type not in ('ws', 'wss')
group by target_group_arn, floor(elapsed * 1e3)
