/**
 * Copies a database and gives its log rows the numbers that unloaded logs have, for one window. Then both engines must agree in
 * every column, and in the order of rows that no other column decides.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Window } from '../../src/engine/relation.ts';
import { timestampText } from '../../src/engine/statement.ts';
import { type Database, settingsOf } from '../../src/store/database.ts';

/** Opens the copy unchanged. Its logs are views of this test, which the program itself would refuse. */
export async function openTwin(path: string): Promise<Database> {
  const instance = await DuckDBInstance.create(path, settingsOf({ readOnly: true }));
  const connection = await instance.connect();
  return {
    path,
    connection,
    seal: async () => {},
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const KINDS = { alb_log: 'alb_access_log', connection_log: 'alb_connection_log' };

/** Returns the first eight bytes of the MD5 sum, masked with `mask`. */
export const numberOf = (content: string | Uint8Array, mask: bigint): bigint =>
  createHash('md5').update(content).digest().readBigUInt64BE(0) & mask;

export const lineNumber = (line: string | Uint8Array): bigint => numberOf(line, 2n ** 53n - 1n);

/** Writes `twin`. `pathOf` returns the other engine's name of a local file. */
export async function makeTwin(
  database: string,
  twin: string,
  pathOf: (path: string) => string,
  { from, to }: { [key in keyof Window]: number },
): Promise<void> {
  copyFileSync(database, twin);
  const instance = await DuckDBInstance.create(twin);
  const connection = await instance.connect();
  await connection.run(
    'create table line_name (object_id integer, line bigint, object_number integer, line_number bigint)',
  );
  const appender = await connection.createAppender('line_name');
  const objects = await connection.runAndReadAll(
    `select object_id, uri from log_object where kind in ('${Object.values(KINDS).join("', '")}')`,
  );
  for (const [id, uri] of objects.getRows() as [number, string][]) {
    const path = fileURLToPath(uri);
    const object = Number(-1n - numberOf(pathOf(path), 2n ** 31n - 1n));
    for (const [i, line] of gunzipSync(readFileSync(path)).toString('utf8').split('\n').entries()) {
      appender.appendInteger(id);
      appender.appendBigInt(BigInt(i + 1));
      appender.appendInteger(object);
      appender.appendBigInt(lineNumber(line));
      appender.endRow();
    }
  }
  appender.closeSync();
  await connection.run('create table connection_log_loaded as from connection_log');
  await connection.run('drop table connection_log');
  await connection.run('alter view alb_log rename to alb_log_loaded');
  for (const [table, time] of [
    ['alb_log', 'time'],
    ['connection_log', 'timestamp'],
  ]) {
    await connection.run(
      `create view ${table} as
       select n.object_number as object_id, n.line_number as line, l.* exclude (object_id, line)
       from ${table}_loaded l join line_name n using (object_id, line)
       where l."${time}" >= timestamp '${timestampText(from)}' and l."${time}" < timestamp '${timestampText(to)}'`,
    );
  }
  connection.closeSync();
  instance.closeSync();
}
