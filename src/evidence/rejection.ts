/** Records that could not be understood, as they go to rejected_line. */
import type { Rejection } from './fact.ts';

const encoder = new TextEncoder();

/** Returns a record that could not be understood, with the text it had as bytes. */
export function reject(line: number, reason: string, text: string): Rejection {
  return { line, reason, raw: encoder.encode(text) };
}

/** Returns a parsed value as JSON again, for the record of what was rejected. */
export function printValue(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // Parsing takes any depth of nesting, printing does not.
    return 'a value nested too deeply to print';
  }
}

/** Returns a value from the input for use inside a reason: quoted as JSON and short, whatever it holds. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : printValue(value);
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
