/** The columns of a spool and the memory that they are given. */
import type { LineReader } from '../../alb/kernel.ts';
import { REPEATED, rowColumns, rowTexts } from '../../alb/kernel-layout.ts';
import { Column, type ColumnType } from '../../parquet/column.ts';

/** Rows of one spool file: DuckDB's row group, so that a file becomes one without being cut. */
export const SPOOL_ROWS = 122_880;

/** Text fields that are written with the row, absent where the log says `-`. */
export const ROW_TEXT = rowTexts();

/** Bytes of values, of types whose values have all one size. */
const SIZE: Partial<Record<ColumnType, number>> = { int32: 4, int64: 8, timestamp: 8, double: 8, uuid: 16 };
/** Bytes of texts of a spool; what needs more makes the spool end with fewer rows. None may be less than a line of the greatest length. */
const TEXT_BYTES: Record<string, number> = {
  request_line: 40 << 20,
  redirect_url: 16 << 20,
  transformed_uri: 16 << 20,
};
const OTHER_TEXT_BYTES = 8 << 20;

function rowColumn(kernel: LineReader, name: string, type: ColumnType, dictionary: Column | null): Column {
  const size = dictionary ? 2 : SIZE[type];
  const bytes = size === undefined ? (TEXT_BYTES[name] ?? OTHER_TEXT_BYTES) : size * SPOOL_ROWS;
  return new Column(name, type, SPOOL_ROWS, kernel.column(bytes, SPOOL_ROWS, size === undefined), dictionary);
}

export const contextColumn = (name: string, type: ColumnType): Column => new Column(name, type, 64);

/** Columns of alb_row that are no plain text. Written out one by one: an object that grows by computed names is slow to read from. */
const newRow = (column: (name: string) => Column) => ({
  object_id: column('object_id'),
  line: column('line'),
  context: column('context'),
  time: column('time'),
  request_creation_time: column('request_creation_time'),
  client_ip: column('client_ip'),
  client_port: column('client_port'),
  target_ip: column('target_ip'),
  target_port: column('target_port'),
  request_processing_time: column('request_processing_time'),
  target_processing_time: column('target_processing_time'),
  response_processing_time: column('response_processing_time'),
  elb_status_code: column('elb_status_code'),
  target_status_code: column('target_status_code'),
  received_bytes: column('received_bytes'),
  sent_bytes: column('sent_bytes'),
  trace_uuid: column('trace_uuid'),
  trace_text: column('trace_text'),
  conn_trace_uuid: column('conn_trace_uuid'),
  conn_trace_text: column('conn_trace_text'),
  target_port_list: column('target_port_list'),
  target_status_code_list: column('target_status_code_list'),
  extra: column('extra'),
});

/** Columns of alb_context that are no text. */
export const newContext = () => ({
  context: contextColumn('context', 'int64'),
  context_key: contextColumn('context_key', 'binary'),
  field_count: contextColumn('field_count', 'int32'),
  matched_rule_priority: contextColumn('matched_rule_priority', 'int32'),
});

/** Returns the columns of alb_row in the memory of the kernel, all in its order, those that are written one by one, and the texts. */
export function newRows(kernel: LineReader): { row: ReturnType<typeof newRow>; rowText: Column[]; all: Column[] } {
  const texts = REPEATED.map((name) => rowColumn(kernel, name, 'string', null));
  const dictionaryOf = (name: string) => texts[REPEATED.indexOf(name)] ?? null;
  const all = rowColumns().map(({ name, type }) => rowColumn(kernel, name, type, dictionaryOf(name)));
  const column = (name: string) => all.find((one) => one.name === name)!;
  return { row: newRow(column), rowText: ROW_TEXT.map(column), all };
}
