/**
 * Answers the statements of `athena pull` with DuckDB, from the logs of an S3 stand-in, so their results can be checked on any
 * machine. test/engine runs the same statements on a real Trino.
 */
import { gunzipSync } from 'node:zlib';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { exactName } from '../../src/athena/ddl.ts';
import { lakeTables } from '../../src/engine/table.ts';
import type { StandIn } from '../s3/stand-in.ts';
import type { Engine, Result } from './stand-in.ts';

const TYPE: Record<string, string> = { INTEGER: 'integer', BIGINT: 'bigint', HUGEINT: 'bigint', DOUBLE: 'double' };

/** Returns an engine over all access logs of a bucket, one row a line, and a function that ends it. */
export async function linesEngine(s3: StandIn, bucket: string): Promise<{ engine: Engine; close(): void }> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    'create table raw_alb_log (line varchar, "$path" varchar, day varchar, account varchar, region varchar)',
  );
  await connection.run('create macro regexp_like(text, pattern) as regexp_matches(text, pattern)');
  await connection.run(
    `create macro every_replaced(text, pattern, other) as regexp_replace(text, pattern, other, 'g')`,
  );
  await connection.run('create macro days_added(days, t) as t + to_days(cast(floor(days) as integer))');
  await connection.run('create macro from_unixtime_nanos(nanos) as make_timestamp(cast(nanos // 1000 as bigint))');
  // No evidence lies on this Athena: tables without rows, their times as integers.
  for (const { of } of await lakeTables()) {
    const columns = of.columns
      .map(({ name, type }) => `"${name}" ${type === 'TIMESTAMP' ? 'BIGINT' : type}`)
      .join(', ');
    await connection.run(`create table "${exactName(of.name)}" (${columns})`);
  }
  await addLines(connection, s3, bucket);
  return {
    engine: async (sql) => {
      // DuckDB's function of this name replaces the first match, Trino's replaces all.
      const { columns, rows } = await ask(
        connection,
        sql
          .replaceAll('regexp_replace(', 'every_replaced(')
          .replaceAll("date_add('day', ", 'days_added(')
          .replaceAll(/\braw_alb_log_\w+/g, 'raw_alb_log'),
      );
      return { columns, rows, scanned: 12_345_678 };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function addLines(connection: DuckDBConnection, s3: StandIn, bucket: string): Promise<void> {
  const appender = await connection.createAppender('raw_alb_log');
  for (const [key, { body }] of s3.buckets.get(bucket)!) {
    const [, account, region, day] = /(\d{12})\/elasticloadbalancing\/([^/]+)\/(\d{4}\/\d\d\/\d\d)\//.exec(key) ?? [];
    if (day === undefined || body.length === 0) continue;
    const text = (key.endsWith('.gz') ? gunzipSync(body) : body).toString();
    for (const line of text.replace(/\n$/, '').split('\n')) {
      for (const value of [line, `s3://${bucket}/${key}`, day, account!, region!]) appender.appendVarchar(value);
      appender.endRow();
    }
  }
  appender.closeSync();
}

async function ask(connection: DuckDBConnection, sql: string): Promise<Result> {
  const result = await connection.runAndReadAll(sql);
  const types = result.columnTypes().map(String);
  return {
    columns: result.columnNames().map((name, i) => ({ name, type: TYPE[types[i]!] ?? 'varchar' })),
    rows: result.getRows().map((row) => row.map((value) => (value === null ? null : String(value)))),
  };
}
