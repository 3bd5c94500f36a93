/** Facts of evidence on their way to the store: one buffer of columns for each table of facts. */
import type { Fact } from '../../evidence/fact.ts';
import { Column, type ColumnType } from '../../parquet/column.ts';
import { FACT_TABLES, type Table } from '../../store/table.ts';
import { ColumnBuffer } from './column-buffer.ts';

const COLUMN_TYPE: Readonly<Record<string, ColumnType>> = {
  VARCHAR: 'string',
  TIMESTAMP: 'timestamp',
  DOUBLE: 'double',
  INTEGER: 'int32',
  BIGINT: 'int64',
};

const encoder = new TextEncoder();

const isInteger = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** Appends a value and returns true; false when the column's type cannot hold it: it is absent then. */
function append(column: Column, value: unknown): boolean {
  if (value === null || value === undefined) {
    column.appendAbsent();
    return true;
  }
  if (column.type === 'string') {
    const bytes = encoder.encode(String(value));
    column.appendBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  } else if (column.type === 'int32' && isInteger(value, -(2 ** 31), 2 ** 31 - 1)) column.appendInt32(value);
  else if (column.type !== 'int32' && column.type !== 'double' && Number.isSafeInteger(value)) {
    column.appendInt64(value as number);
  } else if (column.type === 'double' && Number.isFinite(value)) column.appendDouble(value as number);
  else {
    column.appendAbsent();
    return false;
  }
  return true;
}

class FactBuffer extends ColumnBuffer {
  readonly columns: readonly Column[];

  constructor(readonly table: Table) {
    super();
    this.columns = table.columns.map(({ name, type }) => {
      const columnType = COLUMN_TYPE[type];
      if (!columnType) throw new Error(`${table.name}.${name}: a spool has no columns of ${type}`);
      return new Column(name, columnType, 64);
    });
  }

  /** Appends a fact. Returns the names of its values that their columns cannot hold; these are absent in the row. */
  append(objectId: number, fact: Fact): string[] {
    const values = fact as unknown as Readonly<Record<string, unknown>>;
    const unfit: string[] = [];
    for (const column of this.columns) {
      const { name } = column;
      if (!append(column, name === 'object_id' ? objectId : values[name])) unfit.push(name);
    }
    return unfit;
  }
}

/** The sheets of all kinds of facts. */
export class FactBuffers {
  readonly #byKind = Object.fromEntries(
    Object.entries(FACT_TABLES).map(([kind, table]) => [kind, new FactBuffer(table)]),
  ) as Record<Fact['kind'], FactBuffer>;
  readonly all: readonly FactBuffer[] = Object.values(this.#byKind);

  append(objectId: number, fact: Fact): string[] {
    return this.#byKind[fact.kind].append(objectId, fact);
  }
}
