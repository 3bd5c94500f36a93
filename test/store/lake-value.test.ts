/** Tests the check of a lake's file: values that no export writes are named by their column, all others pass. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { rowsAs } from '../../src/store/lake-read.ts';
import { valueDefectOf } from '../../src/store/lake-value.ts';
import { ALB_LOG, LOG_OBJECT, type Table } from '../../src/store/table.ts';
import { freshFolder } from '../cli.ts';

const folder = freshFolder();
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
after(() => connection.closeSync());

/** Writes two rows with these changes, and returns the defect of the file. */
async function defect(table: Table, change: string, more = ''): Promise<string | null> {
  const path = join(folder, 'a [1].parquet');
  const value = (name: string, type: string): string => {
    if (name === 'object_id') return 'i';
    const text = { VARCHAR: "'x' || i", TIMESTAMP: "TIMESTAMP '2026-03-10 14:00:00'", DOUBLE: '1.5', BOOLEAN: 'true' };
    return `CAST(${text[type as keyof typeof text] ?? '1'} AS ${type})`;
  };
  const columns = table.columns.map(({ name, type }) => `${value(name, type)} AS "${name}"`);
  const rows = `SELECT * ${change} FROM (SELECT ${columns.join(', ')} FROM range(1, 3) t(i)) ${more}`;
  await connection.run(`COPY (${rows}) TO '${path}' (FORMAT parquet)`);
  const found = await valueDefectOf(connection, path, table.name);
  // A file without a defect can be stored.
  if (found === null) await connection.run(`CREATE OR REPLACE TEMP TABLE t AS FROM ${rowsAs(table, [path])}`);
  return found;
}

test('rows as exported have no defect, nor have those of older versions', async () => {
  for (const table of [ALB_LOG, LOG_OBJECT]) assert.equal(await defect(table, ''), null);
  assert.equal(await defect(ALB_LOG, 'EXCLUDE (extra)'), null);
  assert.equal(await defect(ALB_LOG, 'REPLACE (CAST(line AS INTEGER) AS line)'), null);
  assert.equal(await defect(ALB_LOG, 'REPLACE (CAST(NULL AS TIMESTAMP) AS time)'), null);
});

test('a value of another type is named by its column', async () => {
  const bad = (columns: string) => `has values that do not fit ${columns}`;
  assert.equal(await defect(ALB_LOG, "REPLACE ('x' AS time)"), bad('time'));
  assert.equal(await defect(ALB_LOG, "REPLACE (99999 AS elb_status_code, 'y' AS line)"), bad('line, elb_status_code'));
  assert.equal(await defect(LOG_OBJECT, 'REPLACE ({a: 1} AS "rows")'), bad('rows'));
});

test('times that no calendar has', async () => {
  for (const time of ["'infinity'", "'-infinity'", "'290000-01-01'"])
    assert.equal(await defect(ALB_LOG, `REPLACE (${time}::TIMESTAMP AS time)`), 'has impossible times in time');
});

test('a ledger names each object once, and in full', async () => {
  assert.equal(await defect(LOG_OBJECT, 'REPLACE (NULL AS uri)'), 'has entries without uri');
  assert.equal(await defect(LOG_OBJECT, 'REPLACE (1 AS object_id)'), 'has two entries of one object');
});
