/** A row of a query, and its cells: absent or of another type is null. */

export type Row = Readonly<Record<string, unknown>>;

/** Returns a cell that is text. */
export const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Returns a cell that is a number. */
export const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Returns a time in milliseconds. */
export const time = (value: unknown): number | null => (typeof value === 'string' ? Date.parse(value) : null);
