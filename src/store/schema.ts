/**
 * SQL that makes the database: the base tables, and how access log rows are stored. alb_log is a view over two tables, because
 * storing repeated values once is what makes loading fast: alb_context holds each distinct combination of the fields that
 * lines repeat (load balancer, cipher, certificate, rule, node, ...), alb_row the rest, ids as 16 bytes.
 */
import { FIELDS } from '../alb/field.ts';
import { ALB_LOG, BASE_TABLES, type Table } from './table.ts';

/** Raised when the stored form changes, by each further field too. migrate.ts upgrades databases of earlier versions. */
export const SCHEMA_VERSION = 2 + FIELDS.length - 34;

const repeatedFields = FIELDS.filter(({ place }) => place === 'context');

/** Columns of alb_context beside its id and key: the fields that lines repeat. They keep their alb_log names and types. */
export const CONTEXT_COLUMNS: readonly string[] = [
  'field_count',
  ...repeatedFields.filter(({ type }) => type !== 'text').flatMap(({ columns }) => columns),
  ...repeatedFields.filter(({ type }) => type === 'text').flatMap(({ columns }) => columns),
];

/**
 * The parts of a request line, as splitRequest of src/alb/row.ts takes them. By position: a regular expression for each part takes
 * thirty times as long, and was most of the cost of reading alb_log.
 */
const REQUEST_PARTS = (() => {
  const text = `rtrim(r.request_line, ' ')`;
  const last = `split_part(${text}, ' ', -1)`;
  const blank = `strpos(${text}, ' ')`;
  const before = `(length(${text}) - length(${last}))`;
  const hasProtocol = `${blank} > 0 AND ${before} > ${blank} AND (${last} = '-' OR starts_with(${last}, 'HTTP/'))`;
  return {
    request_method: `CASE WHEN ${blank} = 0 THEN ${text} ELSE substr(${text}, 1, ${blank} - 1) END`,
    request_url: `CASE WHEN ${blank} = 0 THEN '' WHEN ${hasProtocol} THEN substr(${text}, ${blank} + 1, ${before} - ${blank} - 1) ELSE substr(${text}, ${blank} + 1) END`,
    request_protocol: `CASE WHEN ${hasProtocol} THEN ${last} END`,
  };
})();

/** Columns that alb_log computes from stored columns. */
const COMPUTED: Record<string, string> = {
  line: 'CAST(r.line AS BIGINT)',
  trace_id: `CASE WHEN r.trace_uuid IS NULL THEN r.trace_text ELSE 'Root=1-' || substr(CAST(r.trace_uuid AS VARCHAR), 1, 8) || '-' || replace(substr(CAST(r.trace_uuid AS VARCHAR), 10), '-', '') END`,
  conn_trace_id: `CASE WHEN r.conn_trace_uuid IS NULL THEN r.conn_trace_text ELSE 'TID_' || replace(CAST(r.conn_trace_uuid AS VARCHAR), '-', '') END`,
  request_method: `nullif(nullif(${REQUEST_PARTS.request_method}, ''), '-')`,
  request_url: `nullif(nullif(${REQUEST_PARTS.request_url}, ''), '-')`,
  request_protocol: `nullif(nullif(${REQUEST_PARTS.request_protocol}, ''), '-')`,
  target_port_list: `CASE WHEN c.field_count < 26 THEN NULL WHEN r.target_port_list IS NULL THEN r.target_ip || ':' || CAST(r.target_port AS VARCHAR) ELSE nullif(r.target_port_list, '-') END`,
  target_status_code_list: `CASE WHEN c.field_count < 27 THEN NULL WHEN r.target_status_code_list IS NULL THEN lpad(CAST(r.target_status_code AS VARCHAR), 3, '0') ELSE nullif(r.target_status_code_list, '-') END`,
};

/** The reverse: the columns of alb_row, computed from a row `l` of alb_log. */
export const ALB_LOG_PARTS: Readonly<Record<string, string>> = {
  line: 'CAST(l.line AS INTEGER)',
  ...idParts('trace', 'Root=1-[0-9a-f]{8}-[0-9a-f]{24}', 'substr(l.trace_id, 8)'),
  ...idParts('conn_trace', 'TID_[0-9a-f]{32}', 'substr(l.conn_trace_id, 5)'),
  target_port_list: listPart('target_port_list', "l.target_ip || ':' || CAST(l.target_port AS VARCHAR)", 26),
  target_status_code_list: listPart(
    'target_status_code_list',
    "lpad(CAST(l.target_status_code AS VARCHAR), 3, '0')",
    27,
  ),
};

function idParts(name: string, pattern: string, hex: string): Record<string, string> {
  const isCompact = `regexp_full_match(l.${name}_id, '${pattern}')`;
  return {
    [`${name}_uuid`]: `CASE WHEN ${isCompact} THEN CAST(replace(${hex}, '-', '') AS UUID) END`,
    [`${name}_text`]: `CASE WHEN NOT ${isCompact} THEN l.${name}_id END`,
  };
}

function listPart(name: string, single: string, fields: number): string {
  return `CASE WHEN l.field_count < ${fields} OR l.${name} IS NOT DISTINCT FROM ${single} THEN NULL ELSE coalesce(l.${name}, '-') END`;
}

/** Columns of alb_row that alb_log does not show unchanged. */
const KEPT_AS = [
  'line INTEGER NOT NULL',
  'context_id INTEGER NOT NULL',
  'trace_uuid UUID',
  'trace_text VARCHAR',
  'conn_trace_uuid UUID',
  'conn_trace_text VARCHAR',
  'target_port_list VARCHAR',
  'target_status_code_list VARCHAR',
];

const rowColumns = ALB_LOG.columns.filter((c) => !CONTEXT_COLUMNS.includes(c.name) && !(c.name in COMPUTED));
const contextColumns = CONTEXT_COLUMNS.map((name) => ALB_LOG.columns.find((c) => c.name === name)!);

const quoted = (name: string): string => `"${name}"`;

function createTable(table: Table): string {
  const columns = table.columns.map((c) => `${quoted(c.name)} ${c.type}`).join(', ');
  const keys = (table.keys ?? []).map((name) => `, UNIQUE (${quoted(name)})`).join('');
  return `CREATE TABLE IF NOT EXISTS ${table.name} (${columns}${keys})`;
}

/** Columns of alb_row that a spool provides under the same name. */
export const ROW_COLUMNS: readonly string[] = [
  ...rowColumns.map((c) => c.name),
  ...KEPT_AS.map((definition) => definition.split(' ')[0]!).filter((name) => name !== 'context_id'),
];

/** Returns the statement that makes the view alb_log. */
export function albLogView(scope: '' | 'TEMP ' = ''): string {
  const columns = ALB_LOG.columns.map((c) => {
    const from = COMPUTED[c.name] ?? `${CONTEXT_COLUMNS.includes(c.name) ? 'c' : 'r'}.${quoted(c.name)}`;
    return `${from} AS ${quoted(c.name)}`;
  });
  return `CREATE OR REPLACE ${scope}VIEW alb_log AS SELECT ${columns.join(', ')} FROM alb_row r JOIN alb_context c ON c.context_id = r.context_id`;
}

const definitionOf = (c: { name: string; type: string }): string => `${quoted(c.name)} ${c.type}`;

/** Column definitions of the two tables behind alb_log. */
const KEPT_TABLES = {
  alb_context: ['context_id INTEGER NOT NULL', 'context_key BLOB NOT NULL', ...contextColumns.map(definitionOf)],
  alb_row: [...rowColumns.map(definitionOf), ...KEPT_AS],
};

/** Returns every table of a database with the name and type of each column. */
export function storedTables(): { name: string; columns: { name: string; type: string }[] }[] {
  const columnOf = (definition: string) => {
    const [name, type] = definition.replaceAll('"', '').split(' ') as [string, string];
    return { name, type };
  };
  return [
    ...BASE_TABLES.map(({ name, columns }) => ({ name, columns: columns.map(({ name, type }) => ({ name, type })) })),
    ...Object.entries(KEPT_TABLES).map(([name, columns]) => ({ name, columns: columns.map(columnOf) })),
    { name: 'draintrace', columns: ['key', 'value'].map((name) => ({ name, type: 'VARCHAR' })) },
  ];
}

/** Statements that make an empty database. They leave an existing one unchanged. */
export function schemaStatements(): string[] {
  const { alb_context: contexts, alb_row: rows } = KEPT_TABLES;
  return [
    ...BASE_TABLES.map(createTable),
    `CREATE TABLE IF NOT EXISTS alb_context (${contexts.join(', ')})`,
    `CREATE TABLE IF NOT EXISTS alb_row (${rows.join(', ')})`,
    albLogView(),
    'CREATE TABLE IF NOT EXISTS draintrace (key VARCHAR PRIMARY KEY, value VARCHAR)',
    `INSERT OR IGNORE INTO draintrace VALUES ('schema_version', '${SCHEMA_VERSION}'), ('engine_version', version())`,
  ];
}

/** Markdown of one table, for docs/schema.md. */
export function describeTable(table: Table): string {
  const rows = table.columns.map((c) => `| \`${c.name}\` | ${c.type} | ${c.description.replaceAll('|', '\\|')} |`);
  return [`## ${table.name}`, '', table.description, '', '| column | type | meaning |', '|---|---|---|', ...rows].join(
    '\n',
  );
}
