import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { newRecord, readRecord } from '../../src/alb/record.ts';
import { type AlbRow, isRejected, readRow } from '../../src/alb/row.ts';
import { RowBuffer } from '../../src/load/worker/row-buffer.ts';
import type { Column } from '../../src/parquet/column.ts';
import { parquetFile } from '../../src/parquet/file.ts';
import { storeSpools } from '../../src/store/batch.ts';
import { schemaStatements } from '../../src/store/schema.ts';
import { ALB_LOG } from '../../src/store/table.ts';
import { formatTime } from '../../src/time/time.ts';
import { canonicalLine } from '../alb/line.ts';

/** Stores the lines as `load` does, in spools of `perSpool` rows, and returns alb_log in line order. */
async function stored(lines: readonly string[], perSpool: number): Promise<Record<string, unknown>[]> {
  const directory = mkdtempSync(join(tmpdir(), 'draintrace-test-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    for (const statement of schemaStatements()) await connection.run(statement);
    const spool = new RowBuffer();
    const record = newRecord();
    // DuckDB caches files by name, so each spool has its own name, as in `load`.
    const save = (columns: readonly Column[], name: string) => {
      const path = join(directory, name);
      writeFileSync(path, Buffer.concat(parquetFile(columns)));
      return path;
    };
    for (let from = 0; from < lines.length; from += perSpool) {
      spool.clear(from);
      lines.slice(from, from + perSpool).forEach((line, i) => {
        const bytes = new TextEncoder().encode(line);
        const view = new DataView(bytes.buffer);
        spool.lend(view);
        assert.equal(readRecord(bytes, view, 0, bytes.length, record), null, line);
        spool.append(7, from + i + 1, bytes, bytes.length, record);
      });
      const rows = save(spool.rows, `${from}.rows.parquet`);
      await storeSpools(connection, [
        { rows, contexts: save(spool.contexts, `${from}.contexts.parquet`), rejected: null, tables: {} },
      ]);
    }
    return await (await connection.runAndReadAll('SELECT * FROM alb_log ORDER BY line')).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(directory, { recursive: true });
  }
}

const TIMES = new Set(['time', 'request_creation_time']);

function expected(row: AlbRow, line: number): Record<string, unknown> {
  const all: Record<string, unknown> = { ...row, object_id: 7, line };
  return Object.fromEntries(
    ALB_LOG.columns.map(({ name, type }) => {
      const value = all[name] ?? null;
      if (value === null) return [name, null];
      if (TIMES.has(name))
        return [
          name,
          formatTime(value as number)
            .replace('T', ' ')
            .replace(/\.?0*Z$/, ''),
        ];
      return [name, type === 'BIGINT' ? String(value) : value];
    }),
  );
}

test('what alb_log shows is what the line says, column by column', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(canonicalLine, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 60 }),
      async (lines, perSpool) => {
        const shown = await stored(lines, perSpool);
        assert.equal(shown.length, lines.length);
        lines.forEach((line, i) => {
          const row = readRow(new TextEncoder().encode(line));
          assert.ok(!isRejected(row));
          assert.deepEqual({ ...shown[i] }, expected(row, i + 1), line);
        });
      },
    ),
    { numRuns: 25 },
  );
});

test('lines that share their context store it once', async () => {
  const line = (id: number) =>
    `http 2026-01-01T00:00:0${id}.000000Z app/a/1 10.0.0.1:1 10.0.0.2:80 0.001 0.002 0.000 200 200 1 2 "GET http://h:80/${id} HTTP/1.1" "curl" - - arn:tg "Root=1-00000000-00000000000000000000000${id}"`;
  const shown = await stored([line(1), line(2), line(3)], 2);
  assert.deepEqual(
    shown.map((row) => row.trace_id),
    [1, 2, 3].map((id) => `Root=1-00000000-00000000000000000000000${id}`),
  );
});
