/**
 * The tables, column by column: the contract for everyone's SQL. The schema and the documentation are made from this file.
 * Times are TIMESTAMP, UTC, to the microsecond; absent is NULL.
 *
 * Long because it is one table of all tables.
 */
import { CONNECTION_LOG } from '../alb/connection-log.ts';
import { FIELDS, type FieldType } from '../alb/field.ts';
import { HEALTH_CHECK_LOG } from '../alb/health-check-log.ts';
import type { LineFieldType, LineFormat } from '../alb/line-format.ts';

export interface TableColumn {
  name: string;
  type: string;
  description: string;
}

export interface Table {
  name: string;
  description: string;
  columns: readonly TableColumn[];
  /** Columns whose values are unique, each by itself. */
  keys?: readonly string[];
  /** For rows that are stored in another form: the select that gives them. The table is then a view. */
  view?: string;
}

const column = (name: string, type: string, description: string): TableColumn => ({ name, type, description });

const SQL_TYPE: Record<FieldType, string> = {
  text: 'VARCHAR',
  endpoint: 'VARCHAR',
  time: 'TIMESTAMP',
  seconds: 'DOUBLE',
  status: 'SMALLINT',
  bytes: 'BIGINT',
  priority: 'INTEGER',
  trace_id: 'VARCHAR',
  conn_trace_id: 'VARCHAR',
  list: 'VARCHAR',
};

const REQUEST_PARTS = [
  column('request_method', 'VARCHAR', 'request_line up to the first blank'),
  column('request_url', 'VARCHAR', 'request_line between method and protocol; may hold blanks'),
  column('request_protocol', 'VARCHAR', 'last word of request_line when it opens with HTTP/'),
];

const OBJECT_ID = column('object_id', 'INTEGER', 'the object it came from: log_object.object_id');
const LINE = column('line', 'BIGINT', 'line of that object, from 1');
const MOMENT = [
  column('earliest', 'TIMESTAMP', 'earliest possible time of the event; NULL is unknown'),
  column('latest', 'TIMESTAMP', 'latest possible time of the event; NULL is unknown'),
];

function fieldColumns(): TableColumn[] {
  return FIELDS.flatMap((field) => {
    if (field.type === 'endpoint') {
      return [
        column(field.columns[0]!, 'VARCHAR', field.description),
        column(field.columns[1]!, 'INTEGER', `port of ${field.columns[0]}`),
      ];
    }
    const own = column(field.columns[0]!, SQL_TYPE[field.type], field.description);
    return field.name === 'request_line' ? [own, ...REQUEST_PARTS] : [own];
  });
}

export const ALB_LOG: Table = {
  name: 'alb_log',
  description: 'One row per access log line, field names as AWS spells them.',
  columns: [
    OBJECT_ID,
    LINE,
    ...fieldColumns(),
    column('extra', 'VARCHAR', 'fields after the last known one, as logged'),
    column('field_count', 'SMALLINT', 'number of fields in the line, unknown ones included'),
  ],
};

export const LOG_OBJECT: Table = {
  name: 'log_object',
  description: 'The ledger: one row per object that a load found.',
  keys: ['object_id', 'uri'],
  columns: [
    column('object_id', 'INTEGER', 'number of the object, in the order of loading'),
    column('uri', 'VARCHAR', 'file:///…, s3://bucket/key or stdin:<sha256>'),
    column('etag', 'VARCHAR', 'identity of the content: S3 ETag; size and mtime of a file; sha256 of standard input'),
    column('size', 'BIGINT', 'stored bytes'),
    column('modified', 'TIMESTAMP', 'modification time of the file or object'),
    column('kind', 'VARCHAR', 'kind of its content: alb_access_log, kubectl_pods_json, nlb_log, empty, unknown, …'),
    column(
      'status',
      'VARCHAR',
      'complete; damaged (the readable part is loaded); skipped (not loadable); expired (removed by the retention of nightly)',
    ),
    column('detail', 'VARCHAR', 'the damage, the reason for skipping, or the assumptions'),
    column('lines', 'BIGINT', 'lines (or records) read; always rows + rejected'),
    column('rows', 'BIGINT', 'lines that became rows, or records that were understood'),
    column('rejected', 'BIGINT', 'lines in rejected_line'),
    column('dropped', 'BIGINT', 'rows outside the requested window, which were not kept; counted in rows'),
    column('extra_fields', 'BIGINT', 'fields beyond the last known one, over all rows'),
    column('first_time', 'TIMESTAMP', 'earliest time of its rows'),
    column('last_time', 'TIMESTAMP', 'latest time of its rows'),
    column(
      'keep',
      'VARCHAR',
      'all; failures (--keep failures); with "in from..to", in microseconds, when rows outside that window were dropped',
    ),
    column('captured_at', 'TIMESTAMP', 'time of evidence that has no time of its own'),
    column('loaded_at', 'TIMESTAMP', 'when it was loaded'),
  ],
};

export const REJECTED_LINE: Table = {
  name: 'rejected_line',
  description: 'Lines that did not become rows, with their bytes.',
  columns: [
    OBJECT_ID,
    LINE,
    column('reason', 'VARCHAR', 'code, followed by ": detail" if there is a detail'),
    column('length', 'BIGINT', 'bytes of the whole line'),
    column('raw', 'BLOB', 'the original line; its first 64 KiB if it is longer'),
  ],
};

const ALB_COUNT: Table = {
  name: 'alb_count',
  description:
    'Numbers of the requests that `load --keep failures` read and did not keep as rows. Rows of alb_log and these counts together are all requests.',
  columns: [
    OBJECT_ID,
    column('minute', 'TIMESTAMP', 'minute of time'),
    column('elb', 'VARCHAR', 'load balancer'),
    column('target_group_arn', 'VARCHAR', 'target group'),
    column('target_ip', 'VARCHAR', 'chosen target'),
    column('target_port', 'INTEGER', 'port of target_ip'),
    column('elb_status_code', 'SMALLINT', 'status code sent by the load balancer'),
    column('target_status_code', 'SMALLINT', 'status code sent by the target'),
    column('requests', 'BIGINT', 'number of requests'),
    column('received_bytes', 'BIGINT', 'sum of received_bytes'),
    column('sent_bytes', 'BIGINT', 'sum of sent_bytes'),
  ],
};

const POD_FACT: Table = {
  name: 'pod_fact',
  description:
    'One statement of one source about a pod, an ECS task or an instance. The view lives merges these into lives.',
  columns: [
    OBJECT_ID,
    LINE,
    column(
      'event',
      'VARCHAR',
      'created, started, waiting, ready, unready, target_healthy, stopping, deleted, finished, restarted, gone, seen, warned or grace_end',
    ),
    ...MOMENT,
    column('target_kind', 'VARCHAR', 'ecs_task or instance; NULL is a pod'),
    column('version', 'VARCHAR', 'family:revision of a task definition, launch template of an instance'),
    column('uid', 'VARCHAR', 'metadata.uid; ARN of a task; id of an instance'),
    column('namespace', 'VARCHAR', 'metadata.namespace; cluster of a task'),
    column('name', 'VARCHAR', 'metadata.name; id of a task or an instance'),
    column('ip', 'VARCHAR', 'status.podIP'),
    column('port', 'INTEGER', 'port of its registration, if the source has it'),
    column('node', 'VARCHAR', 'spec.nodeName'),
    column('zone', 'VARCHAR', 'availability zone of the node'),
    column('owner_kind', 'VARCHAR', 'kind of the controlling owner'),
    column('owner_name', 'VARCHAR', 'name of the controlling owner'),
    column('container', 'VARCHAR', 'container, for finished, restarted, started, stopping and warned'),
    column('container_ports', 'VARCHAR', 'ports that this container declares, a comma list; NULL if unknown'),
    column(
      'other_ports',
      'VARCHAR',
      'ports that the other containers of the pod declare, a comma list; NULL if unknown',
    ),
    column(
      'restart_count',
      'INTEGER',
      'restarts so far: of the container for restarted, of the pod for seen and ready',
    ),
    column('exit_code', 'INTEGER', 'exit code, for finished and restarted'),
    column('reason', 'VARCHAR', 'reason, if the source has one'),
    column('detail', 'VARCHAR', 'message of an Event'),
    column('actor', 'VARCHAR', 'who requested it'),
    column('images', 'VARCHAR', 'images of its containers, a comma list'),
    column('termination_grace_period_seconds', 'INTEGER', 'spec.terminationGracePeriodSeconds'),
    column('pre_stop_seconds', 'INTEGER', 'longest preStop sleep of its containers'),
  ],
};

const TARGET_CHANGE: Table = {
  name: 'target_change',
  description: 'One registration or deregistration of one target, from a record of the call.',
  columns: [
    OBJECT_ID,
    LINE,
    column('event', 'VARCHAR', 'registered or deregistered'),
    ...MOMENT,
    column('target_group_arn', 'VARCHAR', 'target group; NULL if the source does not name it'),
    column('target_ip', 'VARCHAR', 'address of the target; NULL if instance_id identifies it'),
    column('target_port', 'INTEGER', 'port of the target; NULL if the call has none'),
    column('instance_id', 'VARCHAR', 'id of a target that is an instance'),
    column('actor', 'VARCHAR', 'who called'),
    column('event_id', 'VARCHAR', 'id of the call; copies of a record have the same id'),
  ],
};

const NODE_FACT: Table = {
  name: 'node_fact',
  description: 'One statement of one source about a node of the cluster, or the instance under it.',
  columns: [
    OBJECT_ID,
    LINE,
    column('event', 'VARCHAR', 'ready, unready, seen, going, deregistering, stopping or gone'),
    ...MOMENT,
    column('node', 'VARCHAR', 'name of the node'),
    column('instance_id', 'VARCHAR', 'id of the instance'),
    column('ip', 'VARCHAR', 'its own addresses, a comma list'),
    column('zone', 'VARCHAR', 'its availability zone'),
    column('group_name', 'VARCHAR', 'its Auto Scaling group or NodePool'),
    column('reason', 'VARCHAR', 'reason, if the source has one'),
    column('detail', 'VARCHAR', 'message of an Event'),
  ],
};

const SERVICE_FACT: Table = {
  name: 'service_fact',
  description: 'One statement of one source about a Service of Kubernetes: a node port, or a pod behind it.',
  columns: [
    OBJECT_ID,
    LINE,
    column('event', 'VARCHAR', 'port, endpoint or absent'),
    ...MOMENT,
    column('namespace', 'VARCHAR', 'metadata.namespace'),
    column('service', 'VARCHAR', 'name of the Service'),
    column('node_port', 'INTEGER', 'spec.ports[].nodePort'),
    column('traffic_policy', 'VARCHAR', 'spec.externalTrafficPolicy: Cluster or Local'),
    column('pod_name', 'VARCHAR', 'pod behind it'),
    column('pod_ip', 'VARCHAR', 'address of that pod'),
    column('node', 'VARCHAR', 'node of that pod'),
  ],
};

const LINE_SQL_TYPE: Record<LineFieldType, string> = {
  text: 'VARCHAR',
  time: 'TIMESTAMP',
  seconds: 'DOUBLE',
  integer: 'INTEGER',
  endpoint: 'VARCHAR',
};

/** Returns the table of a log beside the access log, made from its fields. */
function lineTable({ table, fields }: LineFormat, description: string): Table {
  const columns = fields.flatMap((field) =>
    field.columns.map((name, i) =>
      field.type === 'endpoint' && i === 1
        ? column(name, 'INTEGER', `port of ${field.columns[0]}`)
        : column(name, LINE_SQL_TYPE[field.type], field.description),
    ),
  );
  return {
    name: table,
    description,
    columns: [OBJECT_ID, LINE, ...columns, column('extra', 'VARCHAR', 'fields after the last known one, as logged')],
  };
}

export const HEALTH_CHECK: Table = lineTable(
  HEALTH_CHECK_LOG,
  'One row per line of an ALB health check log: one check of one target by one node of the balancer.',
);

export const CONNECTION: Table = lineTable(
  CONNECTION_LOG,
  'One row per line of an ALB connection log, field names as AWS spells them: one connection that a client made or tried.',
);

const SETTING: Table = {
  name: 'setting',
  description: 'Settings of AWS and Kubernetes at the time when they were read.',
  columns: [
    OBJECT_ID,
    LINE,
    column('scope', 'VARCHAR', 'load_balancer, target_group, workload, target_group_binding, service or ingress'),
    column('subject', 'VARCHAR', 'ARN, or <kind>/<namespace>/<name>'),
    column('key', 'VARCHAR', 'name of the setting in AWS or Kubernetes'),
    column('value', 'VARCHAR', 'value as text'),
    ...MOMENT,
  ],
};

const TARGET_STATE: Table = {
  name: 'target_state',
  description: 'The state of one target in one source at one time.',
  columns: [
    OBJECT_ID,
    LINE,
    column('target_group_arn', 'VARCHAR', 'target group; NULL if the source does not name it'),
    column('target_ip', 'VARCHAR', 'Target.Id; NULL for an instance'),
    column('target_port', 'INTEGER', 'Target.Port'),
    column('instance_id', 'VARCHAR', 'Target.Id of an instance'),
    column('state', 'VARCHAR', 'TargetHealth.State, or absent if a complete listing lacks the target'),
    column('reason', 'VARCHAR', 'TargetHealth.Reason'),
    column('description', 'VARCHAR', 'TargetHealth.Description'),
    column('zone', 'VARCHAR', 'Target.AvailabilityZone'),
    column('earliest', 'TIMESTAMP', 'earliest possible time of the observation'),
    column('latest', 'TIMESTAMP', 'latest possible time of the observation'),
  ],
};

const PROBE_RESULT: Table = {
  name: 'probe_result',
  description: 'One request of `draintrace probe` with its result. trace_id joins alb_log.',
  columns: [
    OBJECT_ID,
    LINE,
    column('earliest', 'TIMESTAMP', 'when it was sent'),
    column('latest', 'TIMESTAMP', 'when its answer was complete, or the probe gave up'),
    column('trace_id', 'VARCHAR', 'X-Amzn-Trace-Id of the request'),
    column('url', 'VARCHAR', 'url of the request'),
    column('connection', 'VARCHAR', 'new: a connection of its own; kept: one that stays open between requests'),
    column('status', 'INTEGER', 'status code of the answer; NULL without an answer'),
    column('error', 'VARCHAR', 'why the answer is missing or incomplete'),
  ],
};

/** Tables of facts, by kind of fact. */
export const FACT_TABLES = {
  pod: POD_FACT,
  node: NODE_FACT,
  service: SERVICE_FACT,
  target: TARGET_STATE,
  target_change: TARGET_CHANGE,
  health_check: HEALTH_CHECK,
  setting: SETTING,
  probe_result: PROBE_RESULT,
} as const;

/** Tables with their own rows. alb_log is a view over the two tables of schema.ts. */
export const BASE_TABLES: readonly Table[] = [
  LOG_OBJECT,
  REJECTED_LINE,
  ALB_COUNT,
  CONNECTION,
  ...Object.values(FACT_TABLES),
];
/** Tables whose rows arrive in spool files, by column name. */
export const SPOOLED_TABLES: readonly Table[] = [CONNECTION, HEALTH_CHECK];
export const TABLES: readonly Table[] = [ALB_LOG, ...BASE_TABLES];
