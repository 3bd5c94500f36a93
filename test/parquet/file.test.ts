/** Files of columns, as DuckDB reads them: pages end in the middle of values that are absent. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { Column, type ColumnType } from '../../src/parquet/column.ts';
import { parquetFile } from '../../src/parquet/file.ts';

const folder = mkdtempSync(join(tmpdir(), 'draintrace-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 20_011;

/** Whether row `i` has a value: everywhere, nowhere, or with gaps of several lengths. */
const PRESENT: Record<string, (i: number) => boolean> = {
  all: () => true,
  none: () => false,
  most: (i) => i % 1000 !== 7,
  few: (i) => i % 8191 === 3,
  late: (i) => i > 17_000,
};

const textOf = (i: number): string => 'é'.repeat(i % 5) + i;

const APPEND: Partial<Record<ColumnType, (column: Column, i: number) => void>> = {
  int32: (column, i) => column.appendInt32(-i),
  int64: (column, i) => column.appendInt64(i * 2 ** 33),
  double: (column, i) => column.appendDouble(i / 8),
  string: (column, i) => {
    const bytes = new Uint8Array([...new TextEncoder().encode(textOf(i)), 0, 0, 0, 0]);
    column.appendBytes(new DataView(bytes.buffer), 0, bytes.length - 4);
  },
};

const EXPECTED: Partial<Record<ColumnType, (i: number) => string>> = {
  int32: (i) => String(-i),
  int64: (i) => String(i * 2 ** 33),
  double: (i) => String(i / 8),
  string: textOf,
};

test('every value of every page comes back, and every absent one is NULL', async () => {
  const columns = Object.entries(APPEND).flatMap(([type, append]) =>
    Object.entries(PRESENT).map(([name, isPresent]) => {
      const column = new Column(`${type}_${name}`, type as ColumnType, 64);
      for (let i = 0; i < ROWS; i++) {
        if (isPresent(i)) append(column, i);
        else column.appendAbsent();
      }
      return { column, isPresent, expected: EXPECTED[type as ColumnType]! };
    }),
  );
  const path = join(folder, 'columns.parquet');
  writeFileSync(path, Buffer.concat(parquetFile(columns.map(({ column }) => column))));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const read = (await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)).getColumnsObject();
    for (const { column, isPresent, expected } of columns) {
      const found = read[column.name]!.map((value) => (value === null ? null : String(value)));
      const wanted = Array.from({ length: ROWS }, (_, i) => (isPresent(i) ? expected(i) : null));
      assert.deepEqual(found, wanted, column.name);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});
