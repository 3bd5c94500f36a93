/** Gives fetched rows the numbers that Athena's views compute: of the object from its address, of the line from its text. */
import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { insertRows } from './insert.ts';

/** Returns the first eight bytes of the MD5 sum, masked. */
const numberOf = (text: string, mask: bigint): bigint =>
  createHash('md5').update(text).digest().readBigUInt64BE(0) & mask;

const objectNumber = (uri: string): number => Number(-1n - numberOf(uri, 2n ** 31n - 1n));
const lineNumber = (line: string): number => Number(numberOf(line, 2n ** 53n - 1n));

/** Makes the table of the names, empty. */
export async function beginNames(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE line_name (uri VARCHAR, line BIGINT, object_number INTEGER, line_number BIGINT)',
  );
}

/** Adds the lines of an object, in the order in which they were loaded. Equal lines get numbers one after the other. */
export async function addNames(connection: DuckDBConnection, uri: string, lines: readonly string[]): Promise<void> {
  const object = objectNumber(uri);
  const seen = new Map<number, number>();
  const rows = lines.map((text, i) => {
    const number = lineNumber(text);
    const copy = seen.get(number) ?? 0;
    seen.set(number, copy + 1);
    return { uri, line: i + 1, object_number: object, line_number: number + copy };
  });
  const columns = [
    { name: 'uri', type: 'VARCHAR' },
    { name: 'line', type: 'BIGINT' },
    { name: 'object_number', type: 'INTEGER' },
    { name: 'line_number', type: 'BIGINT' },
  ];
  await insertRows(connection, 'line_name', columns, rows);
}

/** Hides the log behind the same rows with these names, for this connection. */
export async function renameRows(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    CREATE TEMP TABLE "named alb_log" AS
    SELECT n.object_number AS object_id, n.line_number AS line, l.* EXCLUDE (object_id, line)
    FROM alb_log l
    JOIN log_object o ON o.object_id = l.object_id
    JOIN line_name n ON n.uri = o.uri AND n.line = l.line`);
  await connection.run('ALTER TABLE temp."named alb_log" RENAME TO alb_log');
}
