/** Builds the one statement that fetches the evidence of a question, as rows of text. Pure. */
import { EVERYTHING, trinoMacros, viewRelations } from '../engine/relation.ts';
import { composeStatement, needed } from '../engine/statement.ts';
import { lakeTables } from '../engine/table.ts';
import type { Table } from '../store/table.ts';
import type { LakePlace } from './location.ts';
import { consoleRelations, exportedRelations } from './relation.ts';

/** Tables of logs and their ledger: none of them is evidence. */
export const LOG_TABLES = ['alb_log', 'alb_count', 'connection_log', 'health_check', 'log_object', 'rejected_line'];

/** Returns the tables, and the views over evidence, that a question reads directly or through views. */
export async function neededEvidence(needs: readonly string[]): Promise<Table[]> {
  const tables = (await lakeTables()).map(({ of }) => of);
  const relations = [...tables.map(({ name }) => ({ name, sql: '', needs: [] })), ...viewRelations()];
  // Which targets went away decides what is fetched.
  const names = needed([...needs, 'lives', 'target_life'], relations).map(({ name }) => name);
  // These two hold rules, not evidence.
  const skipped = [...LOG_TABLES, 'rule', 'kind_step'];
  return tables.filter(({ name }) => names.includes(name) && !skipped.includes(name));
}

/** Returns the select of all rows of these tables: the number of the table, then its columns as text. */
export function textSelect(tables: readonly Table[]): string {
  const width = Math.max(...tables.map(({ columns }) => columns.length));
  const selects = tables.map(({ name, columns }, table) => {
    const cells = Array.from({ length: width }, (_, i) => {
      const column = columns[i];
      return `cast(${column ? `"${column.name}"` : 'null'} as varchar) as c${i}`;
    });
    return `select ${table} as number, ${cells.join(', ')} from ${name}`;
  });
  return selects.join('\nunion all\n');
}

/** Returns the select of all rows of a view, each column as text. */
export function textOfView({ name, columns }: { name: string; columns: readonly { name: string }[] }): string {
  const cells = columns.map((column) => `cast("${column.name}" as varchar) as "${column.name}"`);
  return `select ${cells.join(', ')} from ${name}`;
}

/** Returns the statement over a lake, or without one over the views of Athena's database. */
export async function evidenceStatement(tables: readonly Table[], lake: LakePlace | null): Promise<string> {
  const relations = lake === null ? await consoleRelations() : await exportedRelations(EVERYTHING, { lake });
  const names = tables.map(({ name }) => name);
  return composeStatement(textSelect(tables), names, relations, trinoMacros());
}
