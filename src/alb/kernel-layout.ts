/**
 * Layout that kernel.ts and kernel/ (WebAssembly) share: memory, columns, positions of fields, reasons to stop. `make kernel` prints
 * kernel/layout.ts from it. It follows from the field table, so a field is added there alone.
 */
import { FIELDS, type Field } from './field.ts';

const PAGE = 1 << 16;

/** Addresses in the kernel's memory. */
export const MEMORY = {
  /** The last line: begin and end of its fields, relative to TEXT; numbers; integers. */
  STARTS: 1024,
  ENDS: 1280,
  FLOATS: 1536,
  INTEGERS: 1600,
  /** Result of run(); REPORT_OFFSET describes it. */
  REPORT: 1664,
  /** Columns of a row, COLUMN_BYTES each; kernel/column.ts describes them. */
  COLUMNS: 3072,
  TEXT: 4096,
  /** A key under construction. The bytes after it stay zero up to the next 16 bytes. */
  KEY: 34 * PAGE,
  /** A table of keys; kernel/intern.ts describes it. */
  CONTEXTS: 52 * PAGE,
  /** Tables of the texts of repeated columns, with this distance. */
  DICTIONARIES: 204 * PAGE,
  DICTIONARY_STRIDE: 142 * PAGE,
  /** Column values begin here. */
  HEAP: 772 * PAGE,
} as const;

export const COLUMN_BYTES = 24;

/** Places of REPORT, in bytes. The last two are doubles, all others 32-bit integers. */
export const REPORT_OFFSET = {
  NEXT: 0,
  START: 4,
  END: 8,
  NUMBER: 12,
  LINES: 16,
  ROWS: 20,
  FAILURES: 24,
  DROPPED: 28,
  FIRST_TIME: 32,
  LAST_TIME: 40,
} as const;

/** Places of FLOATS: values of the last line. `seconds` are three. */
export const FLOAT_SLOT = {
  time: 0,
  request_creation_time: 1,
  seconds: 2,
  received_bytes: 5,
  sent_bytes: 6,
} as const;

/** Places of INTEGERS: values of the last line. An address ends before its port's colon. */
export const INTEGER_SLOT = {
  field_count: 0,
  client_end: 1,
  client_port: 2,
  target_end: 3,
  target_port: 4,
  elb_status_code: 5,
  target_status_code: 6,
  matched_rule_priority: 7,
} as const;

/** Why run() stopped. */
export const STOP = {
  /** No whole line is left. */
  done: 0,
  /** The current line is not plain. It was not counted. */
  other: 1,
  /** The current line was the first of its context. It was counted. */
  newContext: 2,
  /** The row limit is reached. The current line was counted. */
  full: 3,
  /** The columns have no room for the current line. It was not counted. */
  noRoom: 4,
} as const;

/** Row columns that repeat their texts: they hold numbers of 16 bits, and the texts have columns of their own. */
export const REPEATED: readonly string[] = ['client_ip', 'target_ip', 'user_agent', 'conn_trace_text'];

/**
 * Ids of connections that a spool holds as texts of a dictionary before any of them has come again; then half as many more as lines
 * whose connection came before. A connection with many requests is stored once, one with few in 16 bytes a line.
 */
export const CONNECTIONS_TRIED = 1024;

/** Type of a column of a row buffer, as in src/parquet/column.ts. */
export type RowType = 'int32' | 'int64' | 'timestamp' | 'double' | 'string' | 'uuid';

export interface BufferColumn {
  name: string;
  type: RowType;
}

/** Types of fields in the order of their columns, each with the types of its columns. Texts of a row come last. */
const COLUMN_TYPES = {
  time: ['timestamp'],
  endpoint: ['string', 'int32'],
  seconds: ['double'],
  status: ['int32'],
  bytes: ['int64'],
  trace_id: ['uuid', 'string'],
  conn_trace_id: ['uuid', 'string'],
  list: ['string'],
} as const satisfies Partial<Record<Field['type'], readonly RowType[]>>;

/** Returns the names of the stored columns of a field: an id is stored as 16 bytes or as text. */
const columnNames = ({ name, type, columns }: Field): readonly string[] =>
  type.endsWith('trace_id') ? ['uuid', 'text'].map((part) => name.replace(/id$/, part)) : columns;

/** Text fields that are written with the row, absent where the log says `-`. */
export const rowTexts = (fields: readonly Field[] = FIELDS): string[] =>
  fields.filter(({ type, place }) => type === 'text' && place === 'row').map(({ name }) => name);

/** Returns the columns of alb_row in the order of a row buffer and of the kernel. */
export function rowColumns(fields: readonly Field[] = FIELDS): BufferColumn[] {
  const typed = Object.entries(COLUMN_TYPES).flatMap(([type, types]) =>
    fields
      .filter((field) => field.type === type)
      .flatMap((field) => columnNames(field).map((name, i) => ({ name, type: types[i]! as RowType }))),
  );
  return [
    { name: 'object_id', type: 'int32' },
    { name: 'line', type: 'int64' },
    { name: 'context', type: 'int64' },
    ...typed,
    { name: 'extra', type: 'string' },
    ...rowTexts(fields).map((name): BufferColumn => ({ name, type: 'string' })),
  ];
}

/**
 * Returns the fields whose combination is a context, in runs of neighbours, as positions of the first and the last one; a run is
 * compared as one piece.
 */
export function contextRuns(fields: readonly Field[] = FIELDS): [first: number, last: number][] {
  const runs: [number, number][] = [];
  fields.forEach(({ place }, at) => {
    const run = runs.at(-1);
    if (place !== 'context') return;
    if (run?.[1] === at - 1) run[1] = at;
    else runs.push([at, at]);
  });
  return runs;
}
