-- Title: Slow TLS handshakes
-- Group: what else is odd
-- Why: a client waits this long before its first request; no processing time of the access log includes it.
--   `requests` are those that came over the connection and are in the database.
-- Param: seconds number = 2 -- handshakes of at least this many seconds
-- Param: from timestamp = null -- connections from then on
-- Param: to timestamp = null -- connections before then
-- Param: limit integer = 100 -- at most this many connections
-- Needs: connection_log, alb_log
-- Cost: one scan of the connections of the window, and one of the rows from its begin on.
with slow as (
  select
    c.*, row_number() over (order by tls_handshake_latency desc, timestamp, object_id, line) as position
  from connection_log c
  where tls_handshake_latency >= cast($seconds as double)
    and (cast($from as timestamp(6)) is null or timestamp >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or timestamp < cast($to as timestamp(6)))
),
kept as (
  select * from slow where position <= coalesce(cast($limit as bigint), 9223372036854775807)
)
select
  k.timestamp, k.tls_handshake_latency, k.client_ip, k.client_port, k.listener_port, k.tls_protocol, k.tls_cipher,
  k.tls_verify_status, count(l.object_id) as requests, k.conn_trace_id
from kept k
left join alb_log l
  on l.conn_trace_id = k.conn_trace_id and (cast($from as timestamp(6)) is null or l.time >= cast($from as timestamp(6)))
group by
  k.position, k.timestamp, k.tls_handshake_latency, k.client_ip, k.client_port, k.listener_port, k.tls_protocol,
  k.tls_cipher, k.tls_verify_status, k.conn_trace_id
order by k.position
