/**
 * Access log lines on their way to the store: checked, typed and laid out in columns, a row group at a time.
 *
 * Values that lines repeat (load balancer, cipher, certificate, rule, ...) are written once per distinct combination, as a
 * context, and a row carries its number; ids go in as 16 bytes (that of a connection with many requests as a text of
 * the dictionary); a list is written only where it differs from the single
 * value it repeats. So most of a line never reaches the database's compressor, which is where a plain load spends its time.
 */
import { FIELDS } from '../../alb/field.ts';
import { Kernel, type LineReader } from '../../alb/kernel.ts';
import { contextRuns, REPEATED } from '../../alb/kernel-layout.ts';
import { ABSENT, AT, CONN_TRACE_ID, type LineRecord, TRACE_ID } from '../../alb/record.ts';
import { isAbsent, readHex } from '../../alb/value.ts';
import { type Column, copyBytes } from '../../parquet/column.ts';
import { contextColumn, newContext, newRows, ROW_TEXT, SPOOL_ROWS } from './row-column.ts';

/** Fields whose combination is a context, in runs that are neighbours in the line; a run is compared as one piece. */
const RUNS = contextRuns();
const CONTEXT_TEXT = FIELDS.filter(({ place, type }) => place === 'context' && type === 'text').map(({ name }) => name);

const position = (name: string): number => AT[name]!;
const CONTEXT_POSITIONS = CONTEXT_TEXT.map(position);
const ROW_TEXT_POSITIONS = ROW_TEXT.map(position);
const [CLIENT, TARGET, TARGET_STATUS] = [
  position('client:port'),
  position('target:port'),
  position('target_status_code'),
];
const [PORT_LIST, STATUS_LIST] = [position('target:port_list'), position('target_status_code_list')];

const ROOT = new TextEncoder().encode('Root=1-');
const TID = new TextEncoder().encode('TID_');
const DASH = 0x2d;

export class RowBuffer {
  readonly #row: ReturnType<typeof newRows>['row'];
  readonly #context = newContext();
  readonly #rowText: readonly Column[];
  readonly #contextText = CONTEXT_TEXT.map((name) => contextColumn(name, 'string'));
  /** Columns of alb_row, then of alb_context; names as in the store's tables. */
  readonly rows: readonly Column[];
  readonly contexts: readonly Column[] = [...Object.values(this.#context), ...this.#contextText];
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Number of the first context of this spool, so that numbers are unique among spools that are stored together. */
  #firstContext = 0;
  readonly #uuid = new Uint8Array(16);

  /** Rows lie in the memory of the kernel, which appends those that it has read itself. */
  readonly #kernel: LineReader;

  constructor(kernel: LineReader = new Kernel()) {
    this.#kernel = kernel;
    const { row, rowText, all } = newRows(kernel);
    this.#row = row;
    this.#rowText = rowText;
    this.rows = all;
    this.clear(0);
  }

  get length(): number {
    return this.rows[0]!.rows;
  }

  /** Bytes held in the rows' columns. */
  get bytes(): number {
    let sum = 0;
    for (const column of this.rows) sum += column.length + (column.dictionary?.length ?? 0);
    return sum;
  }

  /** Forgets everything and counts contexts from `firstContext` on. */
  clear(firstContext: number): void {
    for (const column of this.rows) column.clear();
    for (const column of this.contexts) column.clear();
    this.#kernel.clearRows(firstContext, SPOOL_ROWS);
    this.#firstContext = firstContext;
  }

  /** Lines that follow are lent from the memory of this view. */
  lend(view: DataView): void {
    this.#view = view;
  }

  /** Appends a line that readRecord accepted and returns true; false when there is no room for it. `end` is the line's end. */
  append(objectId: number, line: number, bytes: Uint8Array, end: number, record: LineRecord): boolean {
    const row = this.#row;
    const view = this.#view;
    const { spans } = record;
    if (!this.#kernel.hasRoom(end - spans.start[0]!)) return false;
    row.object_id.appendInt32(objectId);
    row.line.appendInt64(line);
    row.context.appendInt64(this.#firstContext + this.#contextOf(bytes, record));
    row.time.appendInt64(record.time);
    this.#integer64(row.request_creation_time, record.request_creation_time);
    this.#endpoint(row.client_ip, row.client_port, spans.start[CLIENT]!, record.clientIpEnd, record.clientPort);
    this.#endpoint(row.target_ip, row.target_port, spans.start[TARGET]!, record.targetIpEnd, record.targetPort);
    this.#seconds(row.request_processing_time, record.seconds[0]!);
    this.#seconds(row.target_processing_time, record.seconds[1]!);
    this.#seconds(row.response_processing_time, record.seconds[2]!);
    this.#integer32(row.elb_status_code, record.elb_status_code);
    this.#integer32(row.target_status_code, record.target_status_code);
    this.#integer64(row.received_bytes, record.received_bytes);
    this.#integer64(row.sent_bytes, record.sent_bytes);
    this.#traceId(bytes, spans.start[TRACE_ID]!, spans.end[TRACE_ID]!);
    if (spans.count > CONN_TRACE_ID) this.#connTraceId(bytes, spans.start[CONN_TRACE_ID]!, spans.end[CONN_TRACE_ID]!);
    else this.#id(row.conn_trace_uuid, row.conn_trace_text, 0, 0, false);
    this.#list(row.target_port_list, bytes, record, PORT_LIST, TARGET);
    this.#list(row.target_status_code_list, bytes, record, STATUS_LIST, TARGET_STATUS);
    if (record.extra > 0) row.extra.appendBytes(view, spans.tail, end - spans.tail);
    else row.extra.appendAbsent();
    for (let i = 0; i < ROW_TEXT_POSITIONS.length; i++)
      this.#text(this.#rowText[i]!, bytes, record, ROW_TEXT_POSITIONS[i]!);
    return true;
  }

  #integer32(column: Column, value: number): void {
    if (value === ABSENT) column.appendAbsent();
    else column.appendInt32(value);
  }

  #integer64(column: Column, value: number): void {
    if (value === ABSENT) column.appendAbsent();
    else column.appendInt64(value);
  }

  #seconds(column: Column, value: number): void {
    if (value === ABSENT) column.appendAbsent();
    else column.appendDouble(value);
  }

  #endpoint(ip: Column, portColumn: Column, start: number, end: number, port: number): void {
    if (port === ABSENT) {
      ip.appendAbsent();
      portColumn.appendAbsent();
    } else {
      this.#appendText(ip, start, end - start);
      portColumn.appendInt32(port);
    }
  }

  #text(column: Column, bytes: Uint8Array, record: LineRecord, at: number): void {
    const { count, start, end } = record.spans;
    if (at >= count || isAbsent(bytes, start[at]!, end[at]!)) column.appendAbsent();
    else this.#appendText(column, start[at]!, end[at]! - start[at]!);
  }

  #appendText(column: Column, start: number, length: number): void {
    if (column.dictionary) {
      copyBytes(this.#view, start, length, this.#kernel.key, 0);
      this.#kernel.putRepeated(REPEATED.indexOf(column.name), length);
    } else {
      column.appendBytes(this.#view, start, length);
    }
  }

  /** A list as logged, `-` included, but absent where it repeats the single value. */
  #list(column: Column, bytes: Uint8Array, record: LineRecord, at: number, single: number): void {
    const { count, start, end } = record.spans;
    if (at >= count) {
      column.appendAbsent();
      return;
    }
    const from = start[at]!;
    const length = end[at]! - from;
    let same = length === end[single]! - start[single]!;
    for (let i = 0; same && i < length; i++) same = bytes[from + i] === bytes[start[single]! + i];
    if (same) column.appendAbsent();
    else column.appendBytes(this.#view, from, length);
  }

  /** `Root=1-<8 hex>-<24 hex>` in lower case is 16 bytes; anything else is kept as text. */
  #traceId(bytes: Uint8Array, start: number, end: number): void {
    let compact = end - start === 40 && bytes[start + 15] === DASH;
    for (let i = 0; compact && i < ROOT.length; i++) compact = bytes[start + i] === ROOT[i];
    compact &&= readHex(bytes, start + 7, 8, this.#uuid, 0) && readHex(bytes, start + 16, 24, this.#uuid, 4);
    const absent = !compact && isAbsent(bytes, start, end);
    this.#id(this.#row.trace_uuid, this.#row.trace_text, start, absent ? start : end, compact, absent);
  }

  /** `TID_<32 hex>` in lower case is 16 bytes, unless its connection comes often; anything else is kept as text. */
  #connTraceId(bytes: Uint8Array, start: number, end: number): void {
    let compact = end - start === 36;
    for (let i = 0; compact && i < TID.length; i++) compact = bytes[start + i] === TID[i];
    if (compact) {
      copyBytes(this.#view, start, 36, this.#kernel.key, 0);
      compact = !this.#kernel.takesConnection(36);
    }
    compact &&= readHex(bytes, start + 4, 32, this.#uuid, 0);
    const absent = !compact && isAbsent(bytes, start, end);
    this.#id(this.#row.conn_trace_uuid, this.#row.conn_trace_text, start, end, compact, absent);
  }

  #id(uuid: Column, text: Column, start: number, end: number, compact: boolean, absent = !compact): void {
    if (compact) uuid.appendUuid(this.#uuid);
    else uuid.appendAbsent();
    if (compact || absent) text.appendAbsent();
    else this.#appendText(text, start, end - start);
  }

  /** Returns the number of the line's context within this spool; a new one is appended to the contexts. */
  #contextOf(bytes: Uint8Array, record: LineRecord): number {
    const known = this.#kernel.contextCount;
    const number = this.#kernel.internContext(this.#contextKey(record));
    if (number === known) this.addContext(number, bytes, record);
    return number;
  }

  /** Appends the line's context, which is the newest of the kernel, to the contexts. */
  addContext(number: number, bytes: Uint8Array, record: LineRecord): void {
    const context = this.#context;
    const kernel = this.#kernel;
    context.context.appendInt64(this.#firstContext + number);
    context.context_key.appendBytes(kernel.key, 0, this.#contextKey(record));
    context.field_count.appendInt32(record.spans.count + record.extra);
    this.#integer32(context.matched_rule_priority, record.matched_rule_priority);
    for (let i = 0; i < CONTEXT_POSITIONS.length; i++) {
      this.#text(this.#contextText[i]!, bytes, record, CONTEXT_POSITIONS[i]!);
    }
  }

  /**
   * Writes the key of the line's context: the runs, each with a line feed behind it (no line holds one), and the field count.
   * Returns its length.
   */
  #contextKey(record: LineRecord): number {
    const { count, start, end } = record.spans;
    const { key } = this.#kernel;
    let length = 0;
    for (let i = 0; i < RUNS.length; i++) {
      const [first, last] = RUNS[i]!;
      if (first >= count) break;
      const from = start[first]!;
      const size = end[last < count ? last : count - 1]! - from;
      copyBytes(this.#view, from, size, key, length);
      length += size;
      key.setUint8(length++, 0x0a);
    }
    key.setUint16(length, count + record.extra, true);
    return length + 2;
  }
}
