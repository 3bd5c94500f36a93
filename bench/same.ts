/** Checks that two loads of the same lines agree in every field. */
import { DuckDBInstance } from '@duckdb/node-api';
import { FIELDS } from '../src/alb/field.ts';
import { recipeColumn } from './rival/recipe.ts';

const quoted = (name: string): string => `"${name}"`;

/** Expressions that make a field comparable: address with port, and -1 as absent time. */
function expressions(): { ours: string[]; recipe: string[] } {
  const ours: string[] = [];
  const recipe: string[] = [];
  for (const { name, type, columns } of FIELDS) {
    const column = quoted(recipeColumn(name));
    ours.push(type === 'endpoint' ? `${columns[0]} || ':' || ${columns[1]}` : quoted(columns[0]!));
    recipe.push(type === 'seconds' ? `nullif(${column}, -1)` : column);
  }
  return { ours, recipe };
}

const sums = (values: readonly string[]): string =>
  values.map((value) => `count(${value}), sum(hash(${value})::HUGEINT)`).join(', ');

/**
 * Compares the row count, and for each of the 34 fields the number of values and the sum of their hashes. Returns the number of
 * rows. Throws for any difference.
 */
export async function assertSame(draintrace: string, recipe: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${draintrace}' AS draintrace (READ_ONLY)`);
    await connection.run(`ATTACH '${recipe}' AS recipe (READ_ONLY)`);
    const { ours, recipe: theirs } = expressions();
    const row = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()[0]!.map(String);
    const one = await row(`SELECT count(*), ${sums(ours)} FROM draintrace.alb_log`);
    const other = await row(`SELECT count(*), ${sums(theirs)} FROM recipe.alb`);
    const differing = FIELDS.filter(
      (_, i) => one[2 * i + 1] !== other[2 * i + 1] || one[2 * i + 2] !== other[2 * i + 2],
    );
    if (one[0] !== other[0]) throw new Error(`${one[0]} rows by draintrace, ${other[0]} by the recipe`);
    if (differing.length > 0) throw new Error(`fields differ: ${differing.map(({ name }) => name).join(', ')}`);
    return Number(one[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Full rows and counted rows, as `--keep failures` keeps them. */
export async function kept(path: string): Promise<{ rows: number; counted: number }> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const sql = 'SELECT (SELECT count(*) FROM alb_log), (SELECT coalesce(sum(requests), 0) FROM alb_count)';
    const [rows, counted] = (await connection.runAndReadAll(sql)).getRows()[0]!;
    return { rows: Number(rows), counted: Number(counted) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
