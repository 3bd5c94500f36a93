/** Reads parsed JSON of unknown shape: each returns null (or nothing) where the shape differs. */

/** Returns the value if it is a JSON object. */
export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

/** Returns the elements of an array, none for anything else. */
export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the objects among the elements of an array. */
export function asObjects(value: unknown): Record<string, unknown>[] {
  return asArray(value)
    .map(asObject)
    .filter((element) => element !== null);
}

/** Returns a string that is not empty. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Returns an integer of 32 bits, which is what the columns hold: more is no exit code, grace period or port. */
export function asInteger(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null;
}

/** Returns a whole number of seconds, which no length of time has below 0. */
export function asSeconds(value: unknown): number | null {
  const seconds = asInteger(value);
  return seconds !== null && seconds < 0 ? null : seconds;
}
