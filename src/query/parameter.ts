/** Converts typed text to values of a query's parameters. */
import type { Micros } from '../time/time.ts';
import type { Parameter } from './catalogue.ts';

/** A value of its parameter's type; null becomes NULL. */
export type BoundValue =
  | { type: 'text'; value: string | null }
  | { type: 'integer' | 'number'; value: number | null }
  | { type: 'boolean'; value: boolean | null }
  | { type: 'timestamp'; value: Micros | null };

/** Parses a time as people write it; null for any other text. */
export type TimeReader = (text: string) => Micros | null;

/** Returns the typed value of `text`, or null if it does not fit the parameter's type. */
export function typedValue(parameter: Parameter, text: string, readTime: TimeReader): BoundValue | null {
  const { type } = parameter;
  switch (type) {
    case 'text':
      return { type, value: text };
    case 'integer': {
      const value = Number(text);
      return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? { type, value } : null;
    }
    case 'number': {
      const value = Number(text);
      return text.trim() !== '' && Number.isFinite(value) ? { type, value } : null;
    }
    case 'boolean':
      return text === 'true' || text === 'false' ? { type, value: text === 'true' } : null;
    case 'timestamp': {
      const value = readTime(text);
      return value === null ? null : { type, value };
    }
  }
}

/** Returns the defaults of all parameters. A default is never a time, because a catalogue has no current time. */
export function defaultValues(parameters: readonly Parameter[]): Record<string, BoundValue> {
  return Object.fromEntries(
    parameters.map((parameter) => {
      if (parameter.default === null) return [parameter.name, { type: parameter.type, value: null } as BoundValue];
      const value = typedValue(parameter, parameter.default, () => null);
      if (value === null) throw new Error(`default of parameter ${parameter.name} is not of type ${parameter.type}`);
      return [parameter.name, value];
    }),
  );
}

/** Returns the known name nearest to the typed one, or null if no name is near. */
export function nearest(typed: string, known: readonly string[]): string | null {
  const near = known
    .map((name) => ({ name, distance: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (!near) return null;
  const contained = known.find((name) => typed.length >= 3 && name.includes(typed));
  return near.distance <= Math.max(2, Math.floor(typed.length / 3)) ? near.name : (contained ?? null);
}

/** Returns the number of edits (insert, delete, replace) from a to b. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
