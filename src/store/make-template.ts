/** Build step: makes the empty database that loads begin with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openDatabase } from './database.ts';
import { readDefinitions } from './definition.ts';
import { judge } from './judge.ts';
import { emptyDefinitionsPath, emptyPath } from './template-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'draintrace-empty-'));
try {
  const path = join(folder, 'empty.duckdb');
  const database = await openDatabase(path, { readOnly: false });
  await judge(database.connection);
  // Each database needs its own identity.
  await database.connection.run("DELETE FROM draintrace WHERE key = 'database_id'");
  database.close();
  // DuckDB prints definitions from a file with other parentheses than those just made.
  const again = await openDatabase(path, { readOnly: true });
  const definitions = await readDefinitions(again.connection);
  again.close();
  writeFileSync(emptyDefinitionsPath(), JSON.stringify(definitions));
  writeFileSync(emptyPath(), gzipSync(readFileSync(path), { level: 9 }));
} finally {
  rmSync(folder, { recursive: true });
}
