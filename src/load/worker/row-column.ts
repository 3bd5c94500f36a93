/** The columns of a spool and the memory that they are given. */
import type { Kernel } from '../../alb/kernel.ts';
import { Column, type ColumnType } from '../../parquet/column.ts';

/** Rows of one spool file: DuckDB's row group, so that a file becomes one without being cut. */
export const SPOOL_ROWS = 122_880;

/** Text fields that are written with the row, absent where the log says `-`. */
export const ROW_TEXT = ['request_line', 'user_agent', 'redirect_url', 'transformed_host', 'transformed_uri'] as const;

/** Bytes of values, of types whose values have all one size. */
const SIZE: Partial<Record<ColumnType, number>> = { int32: 4, int64: 8, timestamp: 8, double: 8, uuid: 16 };
/** Bytes of texts of a spool; what needs more makes the spool end with fewer rows. None may be less than a line of the greatest length. */
const TEXT_BYTES: Record<string, number> = {
  request_line: 40 << 20,
  redirect_url: 16 << 20,
  transformed_uri: 16 << 20,
};
const OTHER_TEXT_BYTES = 8 << 20;

/** Columns that repeat their texts, in the order of kernel/row.ts: they hold numbers of 16 bits. */
export const REPEATED = ['client_ip', 'target_ip', 'user_agent'];

function rowColumn(kernel: Kernel, name: string, type: ColumnType, dictionary: Column | null): Column {
  const size = dictionary ? 2 : SIZE[type];
  const bytes = size === undefined ? (TEXT_BYTES[name] ?? OTHER_TEXT_BYTES) : size * SPOOL_ROWS;
  return new Column(name, type, SPOOL_ROWS, kernel.column(bytes, SPOOL_ROWS, size === undefined), dictionary);
}

export const contextColumn = (name: string, type: ColumnType): Column => new Column(name, type, 64);

/**
 * Columns of alb_row, which kernel/row.ts appends to as well, in this order. Written out one by one: an object that grows by
 * computed names is slow to read from.
 */
const newRow = (column: (name: string, type: ColumnType) => Column) => ({
  object_id: column('object_id', 'int32'),
  line: column('line', 'int64'),
  context: column('context', 'int64'),
  time: column('time', 'timestamp'),
  request_creation_time: column('request_creation_time', 'timestamp'),
  client_ip: column('client_ip', 'string'),
  client_port: column('client_port', 'int32'),
  target_ip: column('target_ip', 'string'),
  target_port: column('target_port', 'int32'),
  request_processing_time: column('request_processing_time', 'double'),
  target_processing_time: column('target_processing_time', 'double'),
  response_processing_time: column('response_processing_time', 'double'),
  elb_status_code: column('elb_status_code', 'int32'),
  target_status_code: column('target_status_code', 'int32'),
  received_bytes: column('received_bytes', 'int64'),
  sent_bytes: column('sent_bytes', 'int64'),
  trace_uuid: column('trace_uuid', 'uuid'),
  trace_text: column('trace_text', 'string'),
  conn_trace_uuid: column('conn_trace_uuid', 'uuid'),
  conn_trace_text: column('conn_trace_text', 'string'),
  target_port_list: column('target_port_list', 'string'),
  target_status_code_list: column('target_status_code_list', 'string'),
  extra: column('extra', 'string'),
});

/** Columns of alb_context that are no text. */
export const newContext = () => ({
  context: contextColumn('context', 'int64'),
  context_key: contextColumn('context_key', 'binary'),
  field_count: contextColumn('field_count', 'int32'),
  matched_rule_priority: contextColumn('matched_rule_priority', 'int32'),
});

/** Returns the columns of alb_row in the memory of the kernel: those that are written one by one, and the texts. */
export function newRows(kernel: Kernel): { row: ReturnType<typeof newRow>; rowText: Column[] } {
  const texts = REPEATED.map((name) => rowColumn(kernel, name, 'string', null));
  const column = (name: string, type: ColumnType) =>
    rowColumn(kernel, name, type, texts[REPEATED.indexOf(name)] ?? null);
  return { row: newRow(column), rowText: ROW_TEXT.map((name) => column(name, 'string')) };
}
