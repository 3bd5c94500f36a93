/**
 * Writes lakes into tables of Iceberg by the engine's own MERGE, so that many writers share them. A MERGE is one commit, and Iceberg
 * refuses it if another writer committed meanwhile. Each statement brings its table to what it should hold, whatever it holds:
 * killed, repeated or in parallel, nothing is added twice. Pure.
 */
import { readViewFiles } from '../store/evidence-view.ts';
import { LOG_OBJECT } from '../store/table.ts';
import { DAY } from '../time/time.ts';
import {
  computedViews,
  ICEBERG_SQL_TYPE,
  type IcebergTable,
  type IcebergType,
  icebergSelects,
  icebergTables,
  ROW_MARK,
  VERSIONS,
} from './iceberg-table.ts';
import { EVERYTHING, type NameOf, trinoMacros, type Window } from './relation.ts';
import { composeStatement, timestampText } from './statement.ts';

/** Scope of one append: a lake, and of its access logs the objects whose first row lies in the window. */
export interface Append {
  /** Identifies the lake, for files that only one machine knows. */
  origin: string;
  window: Window;
  /** Names of the lake's tables and of the tables of Iceberg. */
  nameOf: NameOf;
}

/** One statement of an append. */
export interface Merge {
  table: string;
  sql: string;
}

/** Returns the question how many of the lake's objects are not complete in all tables. */
export const pendingStatement = (append: Append): string =>
  finished(`select count(*) as objects from (${pendingObjects(append)}) o`);

/**
 * Returns the questions which tables have rows to add, and which hold rows of older versions of the same objects: each answers with
 * rows of a name and a number. Other tables need no statement.
 */
export async function changedStatements(append: Append): Promise<string[]> {
  const tables = (await icebergTables()).filter(({ isView, of }) => !isView && of !== VERSIONS && of !== LOG_OBJECT);
  const counted = (prefix: string, id: string, objects: string): string => {
    const rows = tables.map(({ of: { name } }) => {
      const days = prefix === 'lake_' && name === 'alb_log' ? daysOf(append.window) : '';
      return `select '${name}' as name, x.object_id, count(*) as n from ${append.nameOf(`${prefix}${name}`)} x where true${days} group by x.object_id`;
    });
    return finished(`select t.name, sum(t.n) as number
from (${rows.join('\nunion all\n')}) t
join (${objects}) o on o.${id} = t.object_id
group by t.name`);
  };
  const older = `select v.object_id from (${pendingObjects(append)}) o
  join ${versionsName(append)} v on v.uri = o.uri and v.origin = o.origin and v.version <> o.version`;
  return [counted('lake_', 'lake_object_id', pendingObjects(append)), counted('iceberg_', 'object_id', older)];
}

/** Returns the statements for the tables that change, to be run in this order. Null stands for all tables. */
export async function mergeStatements(append: Append, changed: readonly string[] | null): Promise<Merge[]> {
  const tables = await icebergTables();
  const has = (name: string): boolean => changed === null || changed.includes(name);
  const needs = new Map(readViewFiles().map((file) => [file.name, file.needs]));
  // The ledger tells a view where a fact came from, so without new facts nothing changes.
  const isStale = (view: string): boolean =>
    needs.get(view)!.some((need) => (needs.has(need) ? isStale(need) : need !== LOG_OBJECT.name && has(need)));
  const isConstant = (view: string): boolean => needs.get(view)?.every(isConstant) ?? false;
  const isEvidence = tables.some(({ isView, of, partOf }) => isView && isStale(partOf ?? of.name));
  const base = tables.filter(({ isView, of }) => !isView && of !== VERSIONS && (of === LOG_OBJECT || has(of.name)));
  const views = tables.filter(({ isView, of, partOf }) => {
    const view = partOf ?? of.name;
    return isView && (isStale(view) || (isEvidence && isConstant(view)));
  });
  const own = [
    { table: VERSIONS.name, sql: versionsMerge(append) },
    ...base.map((table) => ({ table: table.of.name, sql: tableMerge(table, append) })),
  ].map(({ table, sql }) => ({ table, sql: finished(sql) }));
  return [...own, ...(await viewMerges(views, append)), { table: VERSIONS.name, sql: finished(completeMerge(append)) }];
}

const finished = (sql: string): string => composeStatement(sql, [], [], trinoMacros());

const versionsName = ({ nameOf }: Append): string => nameOf(`iceberg_${VERSIONS.name}`);

/**
 * Objects of the lake with what identifies their version. What another machine can name too, as an object in S3, is the same
 * object for all writers. Expired objects have no rows, and say nothing of those that were appended before.
 */
function lakeObjects({ origin, nameOf, window: { from, to } }: Append): string {
  const conditions = [`o.status <> 'expired'`];
  // An object goes whole, and the days that are read must hold all of it.
  const anyTime = `o.kind is null or o.kind <> 'alb_access_log' or o.first_time is null`;
  if (from !== null) conditions.push(`(${anyTime} or o.first_time >= ${from})`);
  if (to !== null) conditions.push(`(${anyTime} or o.first_time < ${to} and o.last_time < ${to + DAY})`);
  return `select o.object_id as lake_object_id, o.uri,
    case when o.uri like 's3://%' or o.uri like 'stdin:%' then '' else '${origin}' end as origin,
    concat_ws('|', coalesce(o.etag, ''), coalesce(o.keep, ''), case when o.status = 'damaged' then 'damaged' else '' end,
      cast(o.lines as varchar), cast(o.rows as varchar), cast(o.rejected as varchar), cast(o.dropped as varchar)) as version,
    time_of_micros(o.loaded_at) as loaded_at
  from ${nameOf('lake_log_object')} o
  where ${conditions.join(' and ')}`;
}

/** Versions that count: the last of each object. */
const currentVersions = (append: Append): string =>
  `select object_id, uri, origin, version, is_complete from (
    select v.*, row_number() over (partition by v.uri, v.origin order by v.loaded_at desc, v.object_id desc) as turn
    from ${versionsName(append)} v
  ) ranked
  where turn = 1`;

/** Objects of the lake that have no number yet, or are the version that counts and are not complete. */
const pendingObjects = (append: Append): string => `select l.lake_object_id, l.uri, l.origin, l.version
  from (${lakeObjects(append)}) l
  left join ${versionsName(append)} known on known.uri = l.uri and known.origin = l.origin and known.version = l.version
  left join (${currentVersions(append)}) v on v.object_id = known.object_id
  where known.object_id is null or not v.is_complete`;

function versionsMerge(append: Append): string {
  const versions = versionsName(append);
  return `merge into ${versions} t using (
  select l.uri, l.origin, l.version, l.loaded_at,
    cast(n.last_id + row_number() over (order by l.lake_object_id) as integer) as object_id
  from (${lakeObjects(append)}) l
  cross join (select coalesce(max(object_id), 0) as last_id from ${versions}) n
  left join ${versions} known on known.uri = l.uri and known.origin = l.origin and known.version = l.version
  where known.object_id is null
) s on t.uri = s.uri and t.origin = s.origin and t.version = s.version
when not matched then insert (object_id, uri, origin, version, loaded_at, is_complete)
  values (s.object_id, s.uri, s.origin, s.version, s.loaded_at, false)`;
}

/** Adds the rows of the lake's objects that the table does not hold, and removes those of versions that no longer count. */
function tableMerge({ name, of, columns }: IcebergTable, append: Append): string {
  const { nameOf, window } = append;
  const target = nameOf(name);
  const names = columns.map((column) => `"${column.name}"`);
  const added = columns.map(({ name: column, type }) => {
    if (column === 'object_id') return 'v.object_id';
    return type === 'timestamp' ? `time_of_micros(x."${column}")` : `cast(x."${column}" as ${ICEBERG_SQL_TYPE[type]})`;
  });
  const removed = columns.map(({ name: column, type }) =>
    column === 'object_id' ? 'held.object_id' : `cast(null as ${ICEBERG_SQL_TYPE[type]})`,
  );
  return `merge into ${target} t using (
  select true as is_new, ${added.map((cell, i) => `${cell} as ${names[i]}`).join(', ')}
  from ${nameOf(`lake_${of.name}`)} x
  join (${lakeObjects(append)}) l on l.lake_object_id = x.object_id
  join (${currentVersions(append)}) v on v.uri = l.uri and v.origin = l.origin and v.version = l.version
  where v.object_id not in (select object_id from ${target})${of.name === 'alb_log' ? daysOf(window) : ''}
  union all
  select false, ${removed.join(', ')}
  from (select distinct object_id from ${target}) held
  left join (${currentVersions(append)}) v on v.object_id = held.object_id
  where v.object_id is null
) s on t.object_id = s.object_id
when matched and not s.is_new then delete
when not matched and s.is_new then insert (${names.join(', ')}) values (${names.map((column) => `s.${column}`).join(', ')})`;
}

/** Folders of the lake that hold the rows of a window's objects. */
function daysOf({ from, to }: Window): string {
  return [
    ...(from === null ? [] : [` and x.day >= '${timestampText(from).slice(0, 10)}'`]),
    ...(to === null ? [] : [` and x.day <= '${timestampText(to + DAY).slice(0, 10)}'`]),
  ].join('');
}

/** Makes each view's rows anew from the tables, because evidence of all writers is judged together. Writes what has changed. */
async function viewMerges(views: readonly IcebergTable[], { nameOf }: Append): Promise<Merge[]> {
  const relations = icebergSelects((await icebergTables()).slice(1), EVERYTHING, nameOf);
  const files = new Map([...computedViews().values()].flat().map((part) => [part.name, part]));
  const macros = trinoMacros();
  return views.map(({ name, of, columns }) => {
    const { sql, needs } = files.get(of.name)!;
    const own = columns.filter((column) => column.name !== ROW_MARK);
    const rows = composeStatement(sql, needs, relations, macros);
    const typed = own
      .map(({ name: column, type }) => `cast("${column}" as ${ICEBERG_SQL_TYPE[type]}) as "${column}"`)
      .join(', ');
    const text = own.map((column) => `coalesce('+' || ${textOf(column)}, '-')`);
    const names = own.map((column) => `"${column.name}"`).join(', ');
    const fresh = `select ${names}, to_hex(md5(to_utf8(content || '#' || cast(row_number() over (partition by content) as varchar)))) as ${ROW_MARK}
  from (select ${names}, ${text.length === 1 ? text[0] : `concat_ws(chr(31), ${text.join(', ')})`} as content from (select ${typed} from (${rows}) rows_now) typed) contents`;
    const all = `${names}, ${ROW_MARK}`;
    return {
      table: of.name,
      sql: `merge into ${nameOf(name)} t using (
  select f.${ROW_MARK} is not null as is_new, coalesce(f.${ROW_MARK}, held.${ROW_MARK}) as ${ROW_MARK}, ${own.map((column) => `f."${column.name}"`).join(', ')}
  from (${fresh}) f
  full join (select ${ROW_MARK} from ${nameOf(name)}) held on held.${ROW_MARK} = f.${ROW_MARK}
  where f.${ROW_MARK} is null or held.${ROW_MARK} is null
) s on t.${ROW_MARK} = s.${ROW_MARK}
when matched and not s.is_new then delete
when not matched and s.is_new then insert (${all}) values (${own.map((column) => `s."${column.name}"`).join(', ')}, s.${ROW_MARK})`,
    };
  });
}

const textOf = ({ name, type }: { name: string; type: IcebergType }): string =>
  type === 'binary' ? `to_hex("${name}")` : `cast("${name}" as varchar)`;

/** Records the lake's objects as complete: all tables have them now. */
const completeMerge = (append: Append): string => `merge into ${versionsName(append)} t using (
  select v.object_id
  from (${lakeObjects(append)}) l
  join (${currentVersions(append)}) v on v.uri = l.uri and v.origin = l.origin and v.version = l.version
  where not v.is_complete
) s on t.object_id = s.object_id
when matched then update set is_complete = true`;
