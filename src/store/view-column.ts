/**
 * Explains the columns of views. The header of a view explains the columns that it makes (`-- Column: a, b -- meaning`); all
 * other columns keep their meaning from the relation that the view reads.
 */
import { readViewFiles, type ViewFile } from './evidence-view.ts';
import { TABLES } from './table.ts';

let views: Map<string, ViewFile> | null = null;

function read(): NonNullable<typeof views> {
  views ??= new Map(readViewFiles().map((file) => [file.name, file]));
  return views;
}

/** Returns the meaning of a column of a table or view, or null if it is not documented. */
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
