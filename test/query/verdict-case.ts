/**
 * Golden verdicts: each folder of test/golden/verdict has rows (rows.json, or the original access.log), facts.json, and
 * expected.json. One query judges all cases in one database, because planning the views takes longer than running them. There,
 * addresses, names and groups carry the number of their case; the result loses it again.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { selectAll } from '../../src/store/select.ts';
import { FACT_TABLES } from '../../src/store/table.ts';
import { insert, memoryDatabase, rowsOf, type Values } from './memory.ts';

const FOLDER = new URL('../golden/verdict/', import.meta.url);

export type Verdict = Record<string, unknown>;

export interface VerdictCase {
  name: string;
  rows: Values[];
  facts: Values[];
  /** The compared columns of each failure, in the order of the rows. */
  expected: Verdict[];
}

function read<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(new URL(`${name}/${file}`, FOLDER), 'utf8')) as T;
}

export const CASES: readonly VerdictCase[] = readdirSync(FOLDER)
  .sort()
  .map((name) => {
    const log = new URL(`${name}/access.log`, FOLDER);
    return {
      name,
      rows: existsSync(log) ? (rowsOf(readFileSync(log, 'utf8')) as Values[]) : read<Values[]>(name, 'rows.json'),
      facts: read<Values[]>(name, 'facts.json'),
      expected: read<Verdict[]>(name, 'expected.json'),
    };
  });

const OWN_WORDS = ['target_ip', 'ip', 'uid', 'name', 'node', 'target_group_name', 'instance_id', 'service', 'pod_name'];

/** A node port is one of a whole cluster: each case has its own, in front of the five digits that stand in its files. */
const ownPort = (port: number, i: number): number => (i + 1) * 1_000_000 + port;

const nodePortsOf = ({ facts }: VerdictCase): Set<unknown> => new Set(facts.map(({ node_port }) => node_port));

/** A group is also known by its name, the second part of its ARN; one that the controller named keeps the form of such names. */
function ownGroup(arn: string, i: number): string {
  const hash = i.toString(16).padStart(4, '0');
  const named = arn.replace(/(\/k8s-[a-z0-9]+-[a-z0-9]+-[0-9a-f]{6})[0-9a-f]{4}(?=\/)/, `$1${hash}`);
  return named === arn ? arn.replace('/', `/c${i}.`) : named;
}

function renamed(values: Values, i: number, nodePorts: Set<unknown>): Values {
  const own = `c${i}.`;
  const result: Values = { ...values };
  for (const key of ['target_port', 'node_port']) {
    const port = result[key];
    if (typeof port === 'number' && nodePorts.has(port)) result[key] = ownPort(port, i);
  }
  for (const key of OWN_WORDS) {
    if (typeof result[key] === 'string') result[key] = `${own}${result[key]}`;
  }
  if (result.key === 'targetGroupARN' && typeof result.value === 'string') result.value = ownGroup(result.value, i);
  for (const key of ['target_group_arn', 'subject']) {
    if (typeof result[key] === 'string') result[key] = ownGroup(result[key], i);
  }
  return result;
}

function restored(verdict: Verdict): Verdict {
  return Object.fromEntries(
    Object.entries(verdict).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replaceAll(/c\d+[.]/g, '').replaceAll(/\b\d{1,3}0(3\d{4})\b/g, '$1') : value,
    ]),
  );
}

/** Returns rows, facts and objects of all cases, renamed so that the cases do not meet. */
export function casesTogether(cases: readonly VerdictCase[]): { rows: Values[]; facts: Values[]; objects: Values[] } {
  const rows: Values[] = [];
  const facts: Values[] = [];
  const objects: Values[] = [];
  for (const [i, one] of cases.entries()) {
    const [log, evidence] = [2 * i + 1, 2 * i + 2];
    objects.push({ object_id: log, uri: 'file:///access.log', kind: 'alb_access_log' });
    objects.push({ object_id: evidence, uri: 'file:///facts', kind: 'pods' });
    const ports = nodePortsOf(one);
    rows.push(...one.rows.map((row, n) => ({ object_id: log, line: n + 1, ...renamed(row, i, ports) })));
    facts.push(...one.facts.map((fact, n) => ({ object_id: evidence, line: n + 1, ...renamed(fact, i, ports) })));
  }
  return { rows, facts, objects };
}

/** Inserts facts into the tables of their kinds. */
export async function insertFacts(connection: DuckDBConnection, facts: readonly Values[]): Promise<void> {
  for (const [kind, { name: table }] of Object.entries(FACT_TABLES)) {
    const own = facts.filter((fact) => fact.kind === kind);
    await insert(
      connection,
      table,
      own.map(({ kind: _, ...fact }) => fact),
    );
  }
}

/** Returns the verdicts of each case, in the order of its rows. */
export async function judge(cases: readonly VerdictCase[]): Promise<Map<string, Verdict[]>> {
  const connection = await memoryDatabase();
  const { rows, facts, objects } = casesTogether(cases);
  await insert(connection, 'log_object', objects);
  await insert(connection, 'alb_log', rows);
  await insertFacts(connection, facts);
  const verdicts = await selectAll(connection, 'select * from verdict order by object_id, line');
  connection.closeSync();
  return new Map(
    cases.map(({ name, rows: own }, i) => [
      name,
      verdicts
        .filter((verdict) => verdict.object_id === 2 * i + 1)
        .map((verdict) => ({
          ...restored(verdict),
          target_group_arn: own[Number(verdict.line) - 1]!.target_group_arn ?? null,
        })),
    ]),
  );
}
