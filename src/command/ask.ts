/** Asks a question of queries/command. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { commandQuery } from '../query/command-query.ts';
import { type Cell, type ParameterValue, type ResultRows, select, selectAll } from '../store/select.ts';

/** Returns the rows of queries/command/<name>.sql. */
export const ask = (
  connection: DuckDBConnection,
  name: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Promise<Record<string, Cell>[]> => selectAll(connection, commandQuery(name).sql, parameters);

/** Returns the rows of queries/command/<name>.sql chunk by chunk, for answers of hundreds of thousands. */
export const askInChunks = (
  connection: DuckDBConnection,
  name: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): Promise<ResultRows> => select(connection, commandQuery(name).sql, parameters);
