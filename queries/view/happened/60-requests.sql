-- Title: Each request with the parts of its URL
-- Why: people search for hosts and endpoints, but the log has URLs. `path_template` is the path with ids folded to {id}: a
--   segment of digits, a UUID, 16 or more hex digits, or any segment with four digits in a row. `total_time` is the sum
--   of the three processing times, NULL where one of them was not measured; `status_class` is 5xx for 500 to 599.
-- Column: host, path -- part of request_url
-- Column: path_template -- path with ids folded to {id}
-- Column: status_class -- 2xx, 3xx, 4xx or 5xx, of elb_status_code
-- Column: total_time -- seconds of the three processing times together; NULL where one was not measured
-- Needs: request
with url_part as (
  select
    r.*,
    lower(nullif(regexp_extract(request_url, '^[A-Za-z]+://(\[[^]]*\]|[^/:?#]+)', 1), '')) as host,
    coalesce(
      nullif(regexp_extract(request_url, '^[A-Za-z]+://[^/?#]*(/[^?#]*)', 1), ''),
      case when request_url like '/%' then regexp_extract(request_url, '^([^?#]*)', 1) end
    ) as path
  from request r
)
select
  object_id, line, type, time, request_creation_time, elb, client_ip, target_ip, target_port, request_processing_time,
  target_processing_time, response_processing_time, elb_status_code, target_status_code, received_bytes, sent_bytes,
  request_line, request_method, request_url, target_group_arn, trace_id, domain_name, actions_executed, error_reason,
  ip_address, elapsed, mechanism, host, path,
  -- Slashes doubled, so that each segment has both of its own.
  regexp_replace(
    replace(
      replace_all(
        replace(path, '/', '//') || '/',
        '/([0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[^/]*[0-9]{4}[^/]*)/',
        '/{id}/'
      ),
      '//', '/'
    ),
    '/$', ''
  ) as path_template,
  substr(cast(elb_status_code as varchar), 1, 1) || 'xx' as status_class,
  request_processing_time + target_processing_time + response_processing_time as total_time
from url_part p
