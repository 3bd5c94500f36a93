/**
 * Table of the fields of an ALB access log line, in the order of the line. The reader, the schema, the printer and the
 * documentation are derived from it.
 *
 * Source: AWS user guide "Access logs for your Application Load Balancer", table "Syntax" (34 fields, 2026).
 */

/** How the text of a field is read. `-` means absent for all types; `-1` also does for `seconds`. */
export type FieldType =
  /** Text as logged, escapes (`\xHH`) untouched. */
  | 'text'
  /** `ip:port`, split at the last colon because IPv6 is not bracketed. */
  | 'endpoint'
  /** `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`. */
  | 'time'
  /** Decimal seconds; `-1` is absent. */
  | 'seconds'
  | 'status'
  | 'bytes'
  /** matched_rule_priority: `-1` is a value ("error during rule evaluation"); only `-` means absent. */
  | 'priority'
  /** `Root=1-<8 hex>-<24 hex>`, or any text that a client sent. */
  | 'trace_id'
  /** `TID_<32 hex>`. */
  | 'conn_trace_id'
  /** One or more entries separated by blanks. Today one entry, which repeats target:port or target_status_code. */
  | 'list';

export interface Field {
  /** AWS spelling. */
  name: string;
  type: FieldType;
  /** Whether AWS quotes the field today. The reader accepts both. */
  quoted: boolean;
  /** Columns of alb_log that hold the field. */
  columns: readonly string[];
  /** `context`: other lines repeat the text, so it is stored once for all of them; `row`: it is stored with each line. */
  place: 'row' | 'context';
  description: string;
}

/** The smallest number of fields that this format ever had (trace_id, November 2016). */
export const MIN_FIELDS = 18;

const field = (name: string, type: FieldType, quoted: boolean, description: string, columns?: string[]): Field => ({
  name,
  type,
  quoted,
  columns: columns ?? [name],
  place: 'row',
  description,
});

/** A field that other lines repeat. */
const repeated = (...words: Parameters<typeof field>): Field => ({ ...field(...words), place: 'context' });

export const FIELDS: readonly Field[] = [
  repeated('type', 'text', false, 'http, https, h2, grpcs, ws, wss; others may appear'),
  field('time', 'time', false, 'when the load balancer generated the response; for a websocket, when it closed'),
  repeated('elb', 'text', false, 'resource id of the load balancer, app/<name>/<id>'),
  field('client:port', 'endpoint', false, 'client address, or that of a proxy in front', ['client_ip', 'client_port']),
  field(
    'target:port',
    'endpoint',
    false,
    'chosen target; absent if no target was chosen, for Lambda, and if WAF blocked the request',
    ['target_ip', 'target_port'],
  ),
  field(
    'request_processing_time',
    'seconds',
    false,
    'seconds until the request was sent to the target; absent if it was not sent (also after the 10 s connect timeout)',
  ),
  field(
    'target_processing_time',
    'seconds',
    false,
    'seconds until the target began to answer; absent without an answer',
  ),
  field(
    'response_processing_time',
    'seconds',
    false,
    'seconds until the answer was sent to the client; absent without an answer',
  ),
  field('elb_status_code', 'status', false, 'status code sent by the load balancer'),
  field('target_status_code', 'status', false, 'status code sent by the target; absent without an answer'),
  field('received_bytes', 'bytes', false, 'size of the request in bytes, headers included'),
  field('sent_bytes', 'bytes', false, 'size of the response in bytes, headers included'),
  field('request_line', 'text', true, 'METHOD protocol://host:port/uri HTTP/x, lossless as logged', ['request_line']),
  field('user_agent', 'text', true, 'User-Agent as logged, cut by AWS at 8 KB'),
  repeated('ssl_cipher', 'text', false, 'cipher of an HTTPS listener'),
  repeated('ssl_protocol', 'text', false, 'TLS version of an HTTPS listener'),
  repeated('target_group_arn', 'text', false, 'target group of the request'),
  field('trace_id', 'trace_id', true, 'contents of X-Amzn-Trace-Id'),
  repeated('domain_name', 'text', true, 'SNI name from the client'),
  repeated('chosen_cert_arn', 'text', true, 'certificate presented, or session-reused'),
  repeated(
    'matched_rule_priority',
    'priority',
    false,
    '1 to 50000; 0 is the default action; -1 an error during rule evaluation',
  ),
  field(
    'request_creation_time',
    'time',
    false,
    'when the load balancer received the request; for a websocket, when it opened',
  ),
  repeated(
    'actions_executed',
    'text',
    true,
    'comma list: authenticate, fixed-response, forward, redirect, rewrite, waf, waf-failed; may be an empty string',
  ),
  field('redirect_url', 'text', true, 'target of a redirect action'),
  repeated(
    'error_reason',
    'text',
    true,
    'code of a failed auth, WAF, Lambda or JWT step; none exists for target connect errors or timeouts',
  ),
  field('target:port_list', 'list', true, 'today one item, equal to target:port', ['target_port_list']),
  field('target_status_code_list', 'list', true, 'today one item, equal to target_status_code'),
  repeated('classification', 'text', true, 'desync mitigation: Acceptable, Ambiguous or Severe'),
  repeated('classification_reason', 'text', true, 'reason of the classification'),
  field('conn_trace_id', 'conn_trace_id', false, 'joins the connection log'),
  field('transformed_host', 'text', true, 'host after a rewrite'),
  field('transformed_uri', 'text', true, 'URI after a rewrite'),
  repeated('request_transform_status', 'text', true, 'outcome of the rewrite'),
  repeated('ip_address', 'text', false, 'address of the load balancer node'),
];
