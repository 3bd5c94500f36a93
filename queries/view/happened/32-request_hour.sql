-- Title: Hours with requests, per target
-- Why: the join of requests with lives must take time that grows with the rows only. A request is compared with the lives of its
--   address that touch its hour (owner_in_hour, registration_in_hour), however many lives an address had in a year.
-- Needs: alb_log
select distinct
  coalesce(target_group_arn, '') as group_key, target_ip, target_port, date_trunc('hour', request_creation_time) as hour
from alb_log
where target_ip is not null and request_creation_time is not null
