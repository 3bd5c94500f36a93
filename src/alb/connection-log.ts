/** Table of the fields of an ALB connection log line. Source: AWS user guide "Connection logs", 15 fields (2026). */
import type { LineField, LineFieldType, LineFormat } from './line-format.ts';

const field = (name: string, type: LineFieldType, description: string, required = false): LineField => ({
  name,
  type,
  columns: [name],
  description,
  required,
});

export const CONNECTION_LOG: LineFormat = {
  kind: 'alb_connection_log',
  table: 'connection_log',
  // The first version had no conn_trace_id; tls_keyexchange, elb and ip_address came in 2025 and 2026.
  minFields: 11,
  fields: [
    field('timestamp', 'time', 'when the connection was made, or failed', true),
    field('client_ip', 'text', 'client address'),
    field('client_port', 'integer', 'port of client_ip'),
    field('listener_port', 'integer', 'port of the listener'),
    field('tls_protocol', 'text', 'TLS version of an HTTPS listener'),
    field('tls_cipher', 'text', 'cipher of an HTTPS listener'),
    field('tls_handshake_latency', 'seconds', 'seconds of the handshake; absent if it failed'),
    field('leaf_client_cert_subject', 'text', 'subject of the certificate that the client sent'),
    field('leaf_client_cert_validity', 'text', 'NotBefore=...;NotAfter=... of that certificate'),
    field('leaf_client_cert_serial_number', 'text', 'serial number of that certificate'),
    field('tls_verify_status', 'text', 'Success, or Failed: with the reason'),
    field('conn_trace_id', 'text', 'joins alb_log: the requests that came over this connection'),
    field('tls_keyexchange', 'text', 'key exchange of the handshake'),
    field('elb', 'text', 'resource id of the load balancer'),
    field('ip_address', 'text', 'address of the load balancer node'),
  ],
};
