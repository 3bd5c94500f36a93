/** Reads the catalogue: each file of queries/ is one question, and its first comment describes it. */
import { readdirSync, readFileSync } from 'node:fs';

export const PARAMETER_TYPES = ['text', 'integer', 'number', 'boolean', 'timestamp'] as const;
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
  /** One statement, parameters as `$name`. */
  sql: string;
}

/** The path is right from src/ and from dist/. */
const FOLDER = new URL('../../queries/', import.meta.url);

const LINE = /^-- (Title|Group|Why|Param|Needs|Cost): (.*)$/;
type Key = 'Title' | 'Group' | 'Why' | 'Param' | 'Needs' | 'Cost';
const PARAMETER = /^(\w+) (\w+) = (\S+) -- (.+)$/;

/** Returns the query in a file. Throws an Error that names the file if its header is wrong. */
export function readQuery(name: string, text: string): Query {
  const said: Record<Key, string[]> = { Title: [], Group: [], Why: [], Param: [], Needs: [], Cost: [] };
  let last: string[] | null = null;
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  for (const line of lines.slice(0, end)) {
    const match = LINE.exec(line);
    if (match) {
      last = said[match[1] as Key];
      last.push(match[2]!);
    } else if (last && line.startsWith('--   ')) {
      last.push(`${last.pop()} ${line.slice(5)}`);
    } else {
      throw new Error(`queries/${name}.sql: header line is not understood: ${line}`);
    }
  }
  const one = (key: Exclude<Key, 'Param'>): string => {
    if (said[key].length !== 1) throw new Error(`queries/${name}.sql: header needs one line "-- ${key}:"`);
    return said[key][0]!;
  };
  const group = GROUPS.find((known) => known === one('Group'));
  if (!group) throw new Error(`queries/${name}.sql: "-- Group:" is none of ${GROUPS.join(', ')}`);
  return {
    name,
    title: one('Title'),
    group,
    why: one('Why'),
    parameters: said.Param.map((line) => readParameter(name, line)),
    needs: one('Needs').split(', '),
    cost: one('Cost'),
    sql: lines.slice(end).join('\n').trim(),
  };
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
