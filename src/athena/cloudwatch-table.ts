/**
 * Reads the access log in the table that CloudWatch Logs writes to S3 Tables. AWS says where it is and that its columns are the fields
 * of the records, but not their types for a load balancer. So the mapping is made from the table's own description. Pure.
 */
import { FIELDS, type Field } from '../alb/field.ts';
import type { Window } from '../engine/relation.ts';
import { type Relation, timestampText } from '../engine/statement.ts';
import { ALB_LOG } from '../store/table.ts';
import { AthenaError } from './error.ts';

/** A table as the Glue catalogue describes it. */
export interface CloudwatchTable {
  /** Its quoted name with catalogue and database. */
  name: string;
  columns: { name: string; type: string }[];
}

/** CloudWatch's own columns, such as the one of its partitions, are no fields of the log. */
const OWN = /^(?:cwl__|@|data_source_|log_(?:group|stream))/;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const spelt = (name: string): string => name.toLowerCase().replace(/[-:]/g, '_');

/** Reads the answer of `aws glue get-table`. Throws AthenaError. */
export function readCloudwatchTable(text: string, file: string): CloudwatchTable {
  const wrong = (why: string): AthenaError =>
    new AthenaError(
      `${file} ${why}; write it by aws glue get-table --catalog-id ACCOUNT:s3tablescatalog/aws-cloudwatch`,
      'question',
    );
  let answer: {
    Table?: { Name?: unknown; DatabaseName?: unknown; CatalogId?: unknown; StorageDescriptor?: { Columns?: unknown } };
  };
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new AthenaError(`${file} is not JSON: ${(cause as Error).message}`, 'question', { cause });
  }
  const { Name, DatabaseName, CatalogId, StorageDescriptor } = answer?.Table ?? {};
  const columns = StorageDescriptor?.Columns;
  if (typeof Name !== 'string' || typeof DatabaseName !== 'string' || !Array.isArray(columns))
    throw wrong('describes no table');
  const catalog = typeof CatalogId === 'string' ? CatalogId.replace(/^\d{12}:?/, '') : '';
  const table = {
    name: [...(catalog === '' ? [] : [catalog]), DatabaseName, Name].map(quoted).join('.'),
    columns: columns.map((column) => ({ name: String(column?.Name), type: String(column?.Type).toLowerCase() })),
  };
  const names = new Set(table.columns.map(({ name }) => spelt(name)));
  const missing = ['time', 'elb', 'elb_status_code', 'client_port'].filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw wrong(
      `has no column ${missing.join(' and no column ')}, so it is no access log of an Application Load Balancer`,
    );
  }
  return table;
}

/** Returns alb_log over that table. Rows have numbers as those of logs in place: equal rows have the same number. */
export function cloudwatchRelation({ name, columns }: CloudwatchTable, { from, to }: Window): Relation {
  const found = new Map(columns.map((column) => [spelt(column.name), column]));
  const cells = new Map<string, string>();
  for (const field of FIELDS) for (const [column, cell] of fieldCells(field, found)) cells.set(column, cell);
  const known = new Set([...FIELDS.map((field) => spelt(field.name)), 'client_ip', 'target_ip']);
  const others = columns.filter((column) => !known.has(spelt(column.name)) && !OWN.test(column.name));
  const whole = columns.map((column) => `coalesce(${asText(column)}, '-')`).join(` || ' ' || `);
  const extra = others.map(
    (column) =>
      `'"${column.name.replaceAll("'", "''")}=' || replace(coalesce(${asText(column)}, '-'), '"', '\\x22') || '"'`,
  );
  cells.set('object_id', `object_number('${name.replaceAll("'", "''")}')`);
  cells.set('line', `line_number(${whole})`);
  cells.set('extra', extra.length === 0 ? 'cast(null as varchar)' : extra.join(` || ' ' || `));
  cells.set('field_count', `cast(${FIELDS.length + others.length} as smallint)`);
  for (const [i, part] of ['request_method', 'request_url', 'request_protocol'].entries()) {
    cells.set(part, `request_part(${cells.get('request_line')}, ${i + 1})`);
  }
  const time = cells.get('time')!;
  const conditions = [
    `${time} is not null`,
    ...(from === null ? [] : [`${time} >= timestamp '${timestampText(from)}'`]),
    ...(to === null ? [] : [`${time} < timestamp '${timestampText(to)}'`]),
  ];
  const selected = ALB_LOG.columns.map((column) => `${cells.get(column.name)} as "${column.name}"`);
  return {
    name: ALB_LOG.name,
    sql: `select ${selected.join(', ')} from ${name} where ${conditions.join(' and ')}`,
    needs: [],
  };
}

type Column = CloudwatchTable['columns'][number];

const SQL_TYPE = { status: 'smallint', bytes: 'bigint', priority: 'integer' } as const;

/** Returns the cells of alb_log that a field gives. A field that a delivery leaves out is NULL. */
function fieldCells(field: Field, found: ReadonlyMap<string, Column>): [string, string][] {
  const column = found.get(spelt(field.name));
  const [first, second] = field.columns as [string, string?];
  const none = (type: string): string => `cast(null as ${type})`;
  switch (field.type) {
    case 'endpoint': {
      if (!column)
        return [
          [first, none('varchar')],
          [second!, none('integer')],
        ];
      const address = found.get(first);
      const text = textOrNull(column);
      if (address)
        return [
          [first, textOrNull(address)],
          [second!, `try_cast(${text} as integer)`],
        ];
      return [
        [first, `regexp_extract(${text}, '^(.*):[0-9]+$', 1)`],
        [second!, `try_cast(regexp_extract(${text}, ':([0-9]+)$', 1) as integer)`],
      ];
    }
    case 'time':
      return [[first, column ? timeCell(column) : none('timestamp(6)')]];
    case 'seconds': {
      if (!column) return [[first, none('double')]];
      const seconds = `try_cast(${textOrNull(column)} as double)`;
      return [[first, `case when ${seconds} >= 0 then ${seconds} end`]];
    }
    case 'status':
    case 'bytes':
    case 'priority':
      return [
        [first, column ? `try_cast(${textOrNull(column)} as ${SQL_TYPE[field.type]})` : none(SQL_TYPE[field.type])],
      ];
    default:
      return [[first, column ? textOrNull(column) : none('varchar')]];
  }
}

const textOrNull = (column: Column): string => `nullif(nullif(${asText(column)}, '-'), '')`;

/** A column as text. A list has blanks between its entries, as in a line. */
function asText({ name, type }: Column): string {
  if (type === 'string' || type === 'varchar') return quoted(name);
  if (/^(?:array|list)</.test(type)) return `array_join(${quoted(name)}, ' ')`;
  if (/^(?:struct|map)</.test(type)) return `json_format(cast(${quoted(name)} as json))`;
  return `cast(${quoted(name)} as varchar)`;
}

/** A time as text of the log, as a timestamp, or in seconds or milliseconds since 1970. */
function timeCell({ name, type }: Column): string {
  if (/^timestamp(?:tz|.* with time zone)/.test(type))
    return `cast(${quoted(name)} at time zone 'UTC' as timestamp(6))`;
  if (type.startsWith('timestamp')) return `cast(${quoted(name)} as timestamp(6))`;
  if (/^(?:bigint|long|int|integer|double)$/.test(type)) {
    const micros = `cast(${quoted(name)} * case when ${quoted(name)} < 100000000000 then 1000000 else 1000 end as bigint)`;
    return `time_of_micros(${micros})`;
  }
  return `time_of(${quoted(name)})`;
}
