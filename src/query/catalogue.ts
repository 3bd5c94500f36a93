/** Reads the catalogue: each file of queries/ is one question, and its first comment describes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Header, needsOf, oneValue, readHeader } from './header.ts';

const PARAMETER_TYPES = ['text', 'integer', 'number', 'boolean', 'timestamp'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** Groups of questions, in the order in which people ask them. Each query answers one. */
export const GROUPS = [
  'what failed',
  'why',
  'who was affected',
  'is it the rollout',
  'which setting',
  'what else is odd',
  'is the data complete',
] as const;
export type Group = (typeof GROUPS)[number];

export interface Parameter {
  name: string;
  type: ParameterType;
  /** As written in the header; null without a default, and the SQL gets NULL. */
  default: string | null;
  description: string;
}

export interface Query {
  /** The file's name without `.sql`. */
  name: string;
  title: string;
  group: Group;
  why: string;
  parameters: Parameter[];
  /** Tables and views that the query reads. */
  needs: string[];
  cost: string;
  /** How Athena answers it: `whole`, from `fetched` rows that are judged here, or not: from `loaded` rows alone. */
  athena: 'whole' | 'fetched' | 'loaded';
  /** One statement, parameters as `$name`. */
  sql: string;
}

/** The path is right from src/ and from dist/. */
const FOLDER = new URL('../../queries/', import.meta.url);

const KEYS = ['Title', 'Group', 'Why', 'Param', 'Needs', 'Cost', 'Athena'];
const PARAMETER = /^(\w+) (\w+) = (\S+) -- (.+)$/;

/** Returns the query in a file. Throws an Error that names the file if its header is wrong. */
export function readQuery(name: string, text: string): Query {
  const file = `${name}.sql`;
  const header = readHeader(file, text, KEYS);
  const one = (key: string): string => oneValue(file, header, key);
  const group = GROUPS.find((known) => known === one('Group'));
  if (!group) throw new Error(`queries/${file}: "-- Group:" is none of ${GROUPS.join(', ')}`);
  return {
    name,
    title: one('Title'),
    group,
    why: one('Why'),
    parameters: readParameters(name, header),
    needs: needsOf(file, header),
    cost: one('Cost'),
    athena: readWay(file, header),
    sql: header.sql,
  };
}

function readWay(file: string, { values }: Header): Query['athena'] {
  const ways = values.get('Athena') ?? ['whole'];
  if (['whole', 'fetched', 'loaded'].includes(ways.join())) return ways[0] as Query['athena'];
  throw new Error(`queries/${file}: "-- Athena:" is none of whole, fetched and loaded`);
}

/** Returns the parameters of a file. Throws an Error that names the file for one that is not understood. */
export function readParameters(query: string, { values }: Header): Parameter[] {
  return (values.get('Param') ?? []).map((line) => readParameter(query, line));
}

function readParameter(query: string, line: string): Parameter {
  const [, name, type, fallback, description] = PARAMETER.exec(line) ?? [];
  if (!name || !PARAMETER_TYPES.some((known) => known === type)) {
    throw new Error(`queries/${query}.sql: parameter is not understood: ${line}`);
  }
  return {
    name,
    type: type as ParameterType,
    default: fallback === 'null' ? null : fallback!,
    description: description!,
  };
}

/** Returns all queries, in the order of their groups, then by name. */
export function readCatalogue(): Query[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => readQuery(file.slice(0, -4), readFileSync(new URL(file, FOLDER), 'utf8')))
    .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

/** Returns the query of that name, which is in the catalogue. */
export function catalogueQuery(name: string): Query {
  return readQuery(name, readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'));
}
