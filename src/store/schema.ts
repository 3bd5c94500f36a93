/**
 * SQL that makes the database: the base tables, and how access log rows are stored. alb_log is a view over two tables, because
 * storing repeated values once is what makes loading fast: alb_context holds each distinct combination of the fields that
 * lines repeat (load balancer, cipher, certificate, rule, node, ...), alb_row the rest, ids as 16 bytes where
 * they do not come again.
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
 * The stored rows with what is needed to split a request line as splitRequest of src/alb/row.ts does it: by position, because a
 * regular expression for each part takes a hundred times as long. Step by step, because DuckDB computes again what the branches
 * of a CASE have in common; rtrim alone takes as long as all the rest, and few lines end in a blank.
 */
const STEPPED_ROWS = [
  `CASE WHEN ends_with(request_line, ' ') THEN rtrim(request_line, ' ') ELSE request_line END AS request_text`,
  `strpos(request_text, ' ') AS first_blank, split_part(request_text, ' ', -1) AS last_word`,
  'length(request_text) - length(last_word) AS last_begins',
  `first_blank > 0 AND last_begins > first_blank AND (last_word = '-' OR starts_with(last_word, 'HTTP/')) AS has_protocol`,
].reduce(
  (rows, step) => `(SELECT *, ${step} FROM ${rows})`,
  '(SELECT r.*, c.* EXCLUDE (context_id) FROM alb_row r JOIN alb_context c ON c.context_id = r.context_id)',
);

const METHOD = `CASE WHEN first_blank = 0 THEN request_text ELSE substr(request_text, 1, first_blank - 1) END`;
const URL_PART = `CASE WHEN first_blank = 0 THEN '' WHEN has_protocol THEN substr(request_text, first_blank + 1, last_begins - first_blank - 1) ELSE substr(request_text, first_blank + 1) END`;
const PROTOCOL = 'CASE WHEN has_protocol THEN last_word END';

/** Columns that alb_log computes from stored columns. */
const COMPUTED: Record<string, string> = {
  line: 'CAST(line AS BIGINT)',
  trace_id: `CASE WHEN trace_uuid IS NULL THEN trace_text ELSE 'Root=1-' || substr(CAST(trace_uuid AS VARCHAR), 1, 8) || '-' || replace(substr(CAST(trace_uuid AS VARCHAR), 10), '-', '') END`,
  conn_trace_id: `CASE WHEN conn_trace_uuid IS NULL THEN conn_trace_text ELSE 'TID_' || replace(CAST(conn_trace_uuid AS VARCHAR), '-', '') END`,
  request_method: `nullif(nullif(${METHOD}, ''), '-')`,
  request_url: `nullif(nullif(${URL_PART}, ''), '-')`,
  request_protocol: `nullif(nullif(${PROTOCOL}, ''), '-')`,
  target_port_list: `CASE WHEN field_count < 26 THEN NULL WHEN target_port_list IS NULL THEN target_ip || ':' || CAST(target_port AS VARCHAR) ELSE nullif(target_port_list, '-') END`,
  target_status_code_list: `CASE WHEN field_count < 27 THEN NULL WHEN target_status_code_list IS NULL THEN lpad(CAST(target_status_code AS VARCHAR), 3, '0') ELSE nullif(target_status_code_list, '-') END`,
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
  const columns = ALB_LOG.columns.map(({ name }) =>
    name in COMPUTED ? `${COMPUTED[name]} AS ${quoted(name)}` : quoted(name),
  );
  return `CREATE OR REPLACE ${scope}VIEW alb_log AS SELECT ${columns.join(', ')} FROM ${STEPPED_ROWS}`;
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
