/**
 * Rival: a loader as people write it in Node, with inflate, csv-parse, and DuckDB's appender, every column text. It is slow, so
 * it gets one object and is compared as a rate.
 *
 *   node --import tsx bench/rival/csv-appender.ts FILE DATABASE
 */
import { createReadStream, rmSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse';
import { FIELDS } from '../../src/alb/field.ts';
import { recipeColumn } from './recipe.ts';

const [file, path] = process.argv.slice(2) as [string, string];
for (const old of [path, `${path}.wal`]) rmSync(old, { force: true });
const before = process.cpuUsage();
const began = performance.now();
const instance = await DuckDBInstance.create(path);
const connection = await instance.connect();
await connection.run(`CREATE TABLE alb (${FIELDS.map(({ name }) => `"${recipeColumn(name)}" VARCHAR`).join(', ')})`);
const appender = await connection.createAppender('alb');
const text = createReadStream(file).pipe(createGunzip({ chunkSize: 1 << 20 }));
let bytes = 0;
text.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
});
let rows = 0;
for await (const row of text.pipe(parse({ delimiter: ' ' })) as AsyncIterable<string[]>) {
  for (const value of row) {
    if (value === '-') appender.appendNull();
    else appender.appendVarchar(value);
  }
  appender.endRow();
  rows++;
}
appender.closeSync();
connection.closeSync();
instance.closeSync();
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6, rows, bytes }));
