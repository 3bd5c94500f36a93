/**
 * Rival: the recipe that people write by hand. DuckDB reads the gzipped files as CSV into a table, all 34 columns typed, `-` as
 * NULL. It checks no CRC, no truncation and little quoting, keeps no ledger, and does not accept a later format with more
 * fields.
 *
 *   node --import tsx bench/rival/recipe.ts FOLDER DATABASE default|tuned
 */
import { rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { FIELDS } from '../../src/alb/field.ts';

const TYPES: Partial<Record<(typeof FIELDS)[number]['type'], string>> = {
  time: 'TIMESTAMP',
  seconds: 'DOUBLE',
  status: 'SMALLINT',
  bytes: 'BIGINT',
  priority: 'INTEGER',
};

/** Name of the recipe's column for a field, without blanks and colons. */
export const recipeColumn = (field: string): string => field.replace(':', '_');

const [folder, path, kind] = process.argv.slice(2);
if (folder && path && process.argv[1]?.endsWith('recipe.ts')) {
  for (const file of [path, `${path}.wal`]) rmSync(file, { force: true });
  const columns = FIELDS.map(({ name, type }) => `'${recipeColumn(name)}': '${TYPES[type] ?? 'VARCHAR'}'`).join(', ');
  // The start of Node and the import of this file do not count for the recipe.
  const before = process.cpuUsage();
  const began = performance.now();
  const tuned = { threads: '4', preserve_insertion_order: 'false' };
  const instance = await DuckDBInstance.create(path, kind === 'tuned' ? tuned : {});
  const connection = await instance.connect();
  await connection.run(`
    CREATE TABLE alb AS SELECT * FROM read_csv('${folder}/**/*.log.gz', delim = ' ', quote = '"', escape = '"',
      header = false, auto_detect = false, nullstr = '-', columns = {${columns}})`);
  connection.closeSync();
  instance.closeSync();
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 }));
}
