-- Title: The story of one request
-- Group: why
-- Why: a user or an application's log names a trace id; the row shows the balancer's part and the pod.
-- Param: trace_id text = null -- the X-Amzn-Trace-Id, or a part of it; without it nothing is found
-- Needs: routed, verdict
-- Athena: fetched
-- Cost: one scan of all rows.
select
  r.time, r.request_creation_time, r.elapsed, r.elb_status_code, r.target_status_code, r.request_line, r.client_ip,
  r.target_ip, r.target_port, r.pod_namespace, r.pod_name, r.mechanism, v.cause, v.confidence, v.because, r.trace_id
from routed r
left join verdict v on v.object_id = r.object_id and v.line = r.line
where strpos(r.trace_id, cast($trace_id as varchar)) > 0
order by r.time, r.object_id, r.line
