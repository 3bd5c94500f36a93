/** Rows of a log other than the access log on their way to the store, laid out in columns like those of the spool. */
import { type FormattedLine, type LineField, type LineFormat, NOTHING } from '../../alb/line-format.ts';
import { isAbsent } from '../../alb/value.ts';
import { Column, type ColumnType } from '../../parquet/column.ts';
import { ColumnBuffer } from './column-buffer.ts';

const COLUMN_TYPE: Readonly<Record<LineField['type'], ColumnType>> = {
  text: 'string',
  time: 'timestamp',
  seconds: 'double',
  integer: 'int32',
  endpoint: 'string',
};

export class LogBuffer extends ColumnBuffer {
  readonly columns: Column[];
  readonly #objectId = new Column('object_id', 'int32', 64);
  readonly #line = new Column('line', 'int64', 64);
  readonly #extra = new Column('extra', 'string', 64);
  /** By field; an endpoint's second is its port. */
  readonly #fields: Column[][];

  constructor(readonly format: LineFormat) {
    super();
    this.#fields = format.fields.map(({ type, columns }) =>
      columns.map((name, i) => new Column(name, type === 'endpoint' && i === 1 ? 'int32' : COLUMN_TYPE[type], 64)),
    );
    this.columns = [this.#objectId, this.#line, ...this.#fields.flat(), this.#extra];
  }

  /** Appends a line that readFormatted accepted; `end` is the line's end. */
  append(
    objectId: number,
    lineNumber: number,
    bytes: Uint8Array,
    view: DataView,
    end: number,
    line: FormattedLine,
  ): void {
    const { spans } = line;
    this.#objectId.appendInt32(objectId);
    this.#line.appendInt64(lineNumber);
    this.format.fields.forEach(({ type }, i) => {
      const columns = this.#fields[i]!;
      const [first, second] = columns as [Column, Column?];
      const from = spans.start[i]!;
      const to = spans.end[i]!;
      const value = line.numbers[i]!;
      if (i >= spans.count || isAbsent(bytes, from, to) || (type !== 'text' && value === NOTHING)) {
        for (const column of columns) column.appendAbsent();
      } else if (type === 'text') {
        first.appendBytes(view, from, to - from);
      } else if (type === 'endpoint') {
        first.appendBytes(view, from, line.addressEnds[i]! - from);
        second!.appendInt32(value);
      } else if (type === 'seconds') {
        first.appendDouble(value);
      } else if (type === 'integer') {
        first.appendInt32(value);
      } else {
        for (const column of columns) column.appendInt64(value);
      }
    });
    if (line.extra > 0) this.#extra.appendBytes(view, spans.tail, end - spans.tail);
    else this.#extra.appendAbsent();
  }
}
