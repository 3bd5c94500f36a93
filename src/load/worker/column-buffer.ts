/** Rows on their way to the store, laid out in columns like those of the spool. */
import type { Column } from '../../parquet/column.ts';

export abstract class ColumnBuffer {
  /** In the order of the spool; the first holds a value of every row. */
  abstract readonly columns: readonly Column[];

  get length(): number {
    return this.columns[0]!.rows;
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.length, 0);
  }

  clear(): void {
    for (const column of this.columns) column.clear();
  }
}
