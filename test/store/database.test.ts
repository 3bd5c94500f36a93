/** Opening a database that an earlier process did not finish making. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDatabase, StoreError } from '../../src/store/database.ts';
import { schemaStatements } from '../../src/store/schema.ts';
import { freshFolder } from '../cli.ts';

/** Makes a database with the first `count` statements of the schema, as a kill would leave it. */
async function begun(count: number): Promise<string> {
  const path = join(freshFolder(), 'begun.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of schemaStatements().slice(0, count)) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return path;
}

test('a database that was left half made is finished by the next writer, wherever it was left', async () => {
  for (let count = 0; count < schemaStatements().length; count++) {
    const path = await begun(count);
    await assert.rejects(
      openDatabase(path, { readOnly: true }),
      (error) => error instanceof StoreError && /holds nothing of draintrace/.test(error.message),
    );
    const database = await openDatabase(path, { readOnly: false });
    const rows = await database.connection.runAndReadAll(
      'select (select count(*) from draintrace), (select count(*) from verdict)',
    );
    assert.deepEqual(rows.getRows(), [[2n, 0n]]);
    database.close();
  }
});
