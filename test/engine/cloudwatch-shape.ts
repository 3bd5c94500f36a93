/** Shapes that a table of CloudWatch may have, as columns made from alb_log. */
import { FIELDS } from '../../src/alb/field.ts';

/** Field by field what a delivery has, in the types that a table may give them: name, type for Glue, and the cell. */
export const SHAPES: Record<'typed' | 'text', [string, string, string][]> = {
  typed: shape({
    time: ['timestamptz', (column) => `cast(${column} as timestamp(6)) at time zone 'UTC'`],
    text: ['string', (column) => column],
    seconds: ['double', (column) => `coalesce(${column}, -1)`],
    number: ['bigint', (column) => `cast(${column} as bigint)`],
  }),
  text: shape({
    time: ['string', (column) => `to_iso8601(${column}) || 'Z'`],
    text: ['string', (column) => `coalesce(${column}, '-')`],
    seconds: ['string', (column) => `coalesce(cast(${column} as varchar), '-1')`],
    number: ['string', (column) => `coalesce(cast(${column} as varchar), '-')`],
  }),
};

type Cells = Record<'time' | 'text' | 'seconds' | 'number', [type: string, cell: (column: string) => string]>;

function shape(cells: Cells): [string, string, string][] {
  const columns = FIELDS.map(({ name, type, columns: [first, second] }): [string, string, string] => {
    const column = `"${first}"`;
    if (type === 'endpoint') {
      const text = `${column} || ':' || cast("${second}" as varchar)`;
      return [name.replace(':', '_'), cells.text[0], cells.text[1](text)];
    }
    const kind = /^(?:status|bytes|priority)$/.test(type)
      ? 'number'
      : type === 'time' || type === 'seconds'
        ? type
        : 'text';
    return [name.replace(':', '_'), cells[kind][0], cells[kind][1](column)];
  });
  return [...columns, ['cwl__timestamp', 'timestamp', '"time"'], ['new_field', 'string', `'a "b"'`]];
}
