-- Title: Each request with its mechanism, where it failed
-- Why: the row alone shows the failure between the balancer and the target. `mechanism` is NULL if nothing failed.
--   `elapsed` is time minus request_creation_time. An absent value is NULL, so `processing time is null` is the `-1` of
--   the log. The order of the cases matters: requests that never reached a target come first.
-- Column: elapsed -- seconds from request_creation_time to time
-- Column: mechanism -- the failure between balancer and target, from the row alone; NULL if nothing failed
-- Needs: alb_log
select
  object_id, line, type, time, request_creation_time, elb, client_ip, target_ip, target_port, request_processing_time,
  target_processing_time, response_processing_time, elb_status_code, target_status_code, received_bytes, sent_bytes,
  request_line, request_method, request_url, target_group_arn, trace_id, domain_name, actions_executed, error_reason, ip_address,
  seconds_between(request_creation_time, time) as elapsed,
  case
    when elb_status_code is null or elb_status_code < 400 then null
    when elb_status_code = target_status_code then case when elb_status_code >= 500 then 'target_error' end
    when error_reason like 'Lambda%' then 'lambda'
    when error_reason like 'Auth%' or error_reason like 'JWT%' or error_reason like 'JWKS%' then 'auth'
    when target_ip is null and error_reason like 'WAF%' then 'waf'
    when target_ip is null and elb_status_code >= 500 and request_transform_status is not null
      and request_transform_status <> 'TransformSuccess' then 'transform'
    when contains_word(actions_executed, 'fixed-response')
      then case when elb_status_code >= 500 then 'fixed_response' end
    -- No action followed the last one, so it is the one that answered.
    when target_ip is null and not contains_word(actions_executed, 'forward')
      and not contains_word(actions_executed, 'redirect')
      and (contains_word(actions_executed, 'authenticate') or contains_word(actions_executed, 'jwt-validation'))
      then 'auth'
    when target_ip is null and not contains_word(actions_executed, 'forward')
      and not contains_word(actions_executed, 'redirect')
      and (contains_word(actions_executed, 'waf') or contains_word(actions_executed, 'waf-failed')) then 'waf'
    when elb_status_code in (401, 561, 562) then 'auth'
    when elb_status_code = 460 then 'client_closed'
    when elb_status_code in (400, 405, 408, 414, 463, 464, 501, 505) then 'rejected_request'
    when elb_status_code = 503 and target_ip is null and target_group_arn is not null
      and contains_word(actions_executed, 'forward') then 'no_target'
    when elb_status_code = 504 and target_ip is not null and request_processing_time is null
      and target_processing_time is null and response_processing_time is null
      and coalesce(seconds_between(request_creation_time, time) >= connect_timeout_from_seconds(), true)
      and coalesce(seconds_between(request_creation_time, time) < connect_timeout_until_seconds(), true) then 'connect_timeout'
    when elb_status_code = 502 and target_ip is not null and request_processing_time is null
      and target_processing_time is null and response_processing_time is null
      and coalesce(seconds_between(request_creation_time, time) < connect_timeout_from_seconds(), true) then 'connect_failed'
    when elb_status_code = 502 and target_ip is not null and request_processing_time >= 0
      and response_processing_time is null then 'closed_in_flight'
    when elb_status_code = 504 and target_ip is not null and request_processing_time >= 0 then 'response_timeout'
    else 'other'
  end as mechanism
from alb_log
