/**
 * Builds one regular expression for a whole log line, for tables over logs that are not loaded. Engines return a row of NULLs
 * for a line that does not match, so the pattern must read every line that `load` reads. It is built from the same field
 * tables. Pure.
 */
import { FIELDS, type FieldType, MIN_FIELDS } from '../alb/field.ts';
import type { LineFieldType, LineFormat } from '../alb/line-format.ts';

/** The pattern, and the columns of its groups, in order. */
export interface LinePattern {
  /** For java.util.regex. It must match the whole line. */
  pattern: string;
  columns: string[];
}

interface Part {
  pattern: string;
  columns: readonly string[];
}

/** A blank or the end of the line. `$` would also match before characters that Unicode calls line ends. */
const END = '(?![^ ])';
/** A quote after a backslash does not close the field. A blank follows the closing quote. */
const QUOTED = `[^"]*+(?:(?<=\\\\)"[^"]*+)*+`;
const ANY_FIELD = `(?:"${QUOTED}"|(?!")[^ ]*+)${END}`;
/** For fields without blanks: a quote that closes at the end of the field, or no quotes. */
const OPENED = `(?:"(?=[^" ]*+"${END})|(?!")(?=[^ ]*+(?<!")))`;
const PORT = '0{0,10}(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const DAY = '(?:19[7-9][0-9]|2[01][0-9]{2})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,6})?';

/** The text of a field, with its groups. The engine's cast handles days that a month does not have. */
const VALUE: Record<Exclude<FieldType | LineFieldType, 'text' | 'trace_id' | 'conn_trace_id' | 'list'>, string> = {
  endpoint: `([^ ]+):(${PORT})`,
  time: `(${DAY}T${CLOCK}Z)`,
  seconds: '(?:-1(?:[.]0*+)?|((?:[0-9]{1,15}|(?![0-9.]{17})[0-9]*+[.][0-9]++)))',
  status: '(0{0,12}[0-9]{1,3})',
  bytes: '([0-9]{1,15})',
  integer: '(0{0,6}[0-9]{1,9})',
  priority: '(-1|0{0,6}[0-9]{1,9})(?:(?<=-1)[.]0*+)?',
};

/** Returns the pattern of a field, quoted or not. For `-` the group does not match, which gives NULL. */
function fieldPattern(type: FieldType | LineFieldType, required: boolean, values?: readonly string[]): string {
  const absent = required ? '' : `(?:"-"|-)${END}|`;
  if (type === 'text' || type === 'trace_id' || type === 'conn_trace_id' || type === 'list') {
    const one = required ? `(?!"?-"?${END})` : '';
    if (values) return `${OPENED}(${values.join('|')})"?+${END}`;
    return `(?:${absent}${one}"?+((?<=")${QUOTED}(?="${END})|(?<!")[^ ]*+)"?+${END})`;
  }
  return `(?:${absent}${OPENED}${VALUE[type]}"?+${END})`;
}

/** Returns the pattern of access log lines. */
export function accessLogPattern(): LinePattern {
  return linePattern(
    FIELDS.map(({ name, type, columns }) => ({ pattern: fieldPattern(type, name === 'time'), columns })),
    MIN_FIELDS,
  );
}

/** Returns the pattern of lines of a log beside the access log. */
export function formatPattern({ fields, minFields }: LineFormat): LinePattern {
  return linePattern(
    fields.map(({ type, columns, required = false, values }) => ({
      pattern: (type === 'endpoint' ? '(?!"?arn:)' : '') + fieldPattern(type, required, values),
      // A time that fills several columns is one group.
      columns: type === 'endpoint' ? columns : columns.slice(0, 1),
    })),
    minFields,
  );
}

/**
 * The first group is the line itself, even for a line of another format, so nothing is lost. No group lies inside a possessive
 * group: Java would keep its text when the rest does not match.
 */
function linePattern(parts: readonly Part[], minFields: number): LinePattern {
  const tail = `(?: ((?=.)${ANY_FIELD}(?: ${ANY_FIELD})*+))?`;
  const optional = parts.slice(minFields).reduceRight((rest, { pattern }) => `(?: (?=.)${pattern}${rest})?`, tail);
  const fixed = parts
    .slice(0, minFields)
    .map(({ pattern }, i) => (i === 0 ? pattern : `(?=.)${pattern}`))
    .join(' ');
  return {
    pattern: `(?s)((?=.)${fixed}${optional} ?+|.*+)`,
    columns: ['line', ...parts.flatMap(({ columns }) => columns), 'tail'],
  };
}
