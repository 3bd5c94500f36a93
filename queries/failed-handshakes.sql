-- Title: Clients whose TLS connections were refused
-- Group: who was affected
-- Why: a connection that fails its handshake never becomes a request, so no access log has it. `tls_verify_status` has
--   the reason, most often a client's certificate. Listeners without TLS have no handshakes and are not counted.
-- Param: from timestamp = null -- connections from then on
-- Param: to timestamp = null -- connections before then
-- Param: limit integer = 100 -- at most this many clients
-- Needs: connection_log
-- Cost: one scan of the connections of the window.
with refused as (
  select
    client_ip, tls_verify_status, count(*) as connections, count(distinct leaf_client_cert_serial_number) as certificates,
    min(timestamp) as first_connection, max(timestamp) as last_connection
  from connection_log
  where tls_verify_status <> 'Success'
    and (cast($from as timestamp(6)) is null or timestamp >= cast($from as timestamp(6)))
    and (cast($to as timestamp(6)) is null or timestamp < cast($to as timestamp(6)))
  group by client_ip, tls_verify_status
),
ranked as (
  select r.*, row_number() over (order by connections desc, client_ip, tls_verify_status) as position
  from refused r
)
select client_ip, tls_verify_status, connections, certificates, first_connection, last_connection
from ranked
where position <= coalesce(cast($limit as bigint), 9223372036854775807)
order by position
