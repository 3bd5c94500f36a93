/**
 * What the columns of views mean. The header of a view says it of those that it makes (`-- Column: a, b -- meaning`); all
 * others mean what they mean in what the view reads.
 */
import { readViewFiles, type ViewFile } from './evidence-view.ts';
import { TABLES } from './table.ts';

let views: Map<string, ViewFile & { columns: Map<string, string> }> | null = null;

function read(): NonNullable<typeof views> {
  views ??= new Map(readViewFiles().map((file) => [file.name, { ...file, columns: columnsOf(file.sql) }]));
  return views;
}

function columnsOf(sql: string): Map<string, string> {
  const columns = new Map<string, string>();
  for (const [, names, meaning] of sql.matchAll(/^-- Column: (.+?) -- (.+)$/gm)) {
    for (const name of names!.split(', ')) columns.set(name, meaning!);
  }
  return columns;
}

/** Returns what a column of a table or view means, or null where nothing says so. */
export function meaningOf(relation: string, column: string): string | null {
  const table = TABLES.find(({ name }) => name === relation);
  if (table) return table.columns.find(({ name }) => name === column)?.description ?? null;
  const view = read().get(relation);
  if (!view) return null;
  const own = view.columns.get(column);
  if (own) return own;
  for (const need of view.needs) {
    const meaning = meaningOf(need, column);
    if (meaning !== null) return meaning;
  }
  return null;
}
