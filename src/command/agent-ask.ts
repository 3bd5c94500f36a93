/** Tools for agents that ask the data: `queries`, `query` and `sql`. */
import { z } from 'zod';
import { GROUPS, type Query, readCatalogue } from '../query/catalogue.ts';
import { own, unfenced } from '../report/fence.ts';
import { type ListedRows, rowsAnswer } from './agent-capture.ts';
import { limitArgument, textArgument, tool } from './agent-tool.ts';
import { findQuery } from './query-argument.ts';

const TABLE = {
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())).describe('cells in the order of the columns'),
  more: z.boolean().describe('whether there are more rows than the limit'),
};

/** Returns rows as a table. A structure within a cell is text, because its names may come from data. */
function tableOf({ rows, more }: ListedRows, isOurs: (name: string) => boolean) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): unknown =>
    value === undefined ? null : typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  return {
    columns: names.map((name) => (isOurs(name) ? own(name) : name)),
    rows: rows.map((row) => names.map((name) => cell(row[name]))),
    more,
  };
}

const detailOf = ({ name, group, title, why, parameters, cost }: Query) => ({
  name,
  group,
  title,
  why,
  parameters,
  cost,
});

export const queriesTool = tool({
  name: 'queries',
  title: 'Questions of the catalogue',
  description:
    'Lists the questions that `query` answers: failures per minute, target, client, rollout; late routing; settings; whether the data is complete. Give a group or a word for their reasons, parameters and costs. Opens no database.',
  input: z.strictObject({
    group: z.enum(GROUPS).optional().describe('only this group'),
    about: textArgument('only questions whose name, title or reason has this word', 60),
  }),
  output: { queries: z.array(z.looseObject({ name: z.string(), group: z.string(), title: z.string() })) },
  async answer({ group, about }) {
    const word = about?.toLowerCase();
    const found = readCatalogue()
      .filter((query) => group === undefined || query.group === group)
      .filter(({ name, title, why }) => word === undefined || `${name} ${title} ${why}`.toLowerCase().includes(word));
    const isShort = group === undefined && word === undefined;
    const queries = found.map((query) =>
      isShort ? { name: query.name, group: query.group, title: query.title } : detailOf(query),
    );
    const next =
      found.length === 0
        ? ['No question has this word: call `queries` without arguments.']
        : [
            `Call \`query\` with a name.${isShort ? ' Call `queries` with a group for reasons, parameters and costs.' : ''}`,
          ];
    return { queries: queries.map(own), next };
  },
});

export const queryTool = tool({
  name: 'query',
  title: 'Answer a question',
  description:
    'Answers one question of the catalogue (see `queries`) with rows. Parameters by name, for example {"from": "-2h"}; those that are not given have their defaults.',
  input: z.strictObject({
    name: z.string().max(100).describe('name of the question, from `queries`'),
    parameters: z
      .record(z.string().max(60), z.union([z.string().max(500), z.number(), z.boolean()]))
      .default({})
      .describe('values by name'),
    limit: limitArgument(50, 1000),
  }),
  output: { query: z.string(), title: z.string(), ...TABLE },
  async answer({ name, parameters, limit }, { db, wait, effects }) {
    const { title } = findQuery(name);
    const { command } = await import('./query.ts');
    const param = Object.entries(parameters).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? unfenced(value) : value}`,
    );
    const args = { db, wait, name, param, format: 'ndjson' as const, columns: undefined, vertical: false };
    const listed = await rowsAnswer((inMemory) => command.run(args, inMemory), limit, effects);
    // The columns of our own questions are constants.
    const table = tableOf(listed, () => true);
    const next = listed.more ? ['There are more rows: raise limit, or narrow the window.'] : [];
    return { query: own(name), title: own(title), ...table, notes: listed.notes, next };
  },
});

export const sqlTool = tool({
  name: 'sql',
  title: 'Read-only SQL',
  description:
    'Runs a statement of DuckDB SQL on the tables and views (resource draintrace://schema; `verdict` has one row for each failed request). Read-only: it cannot change the database, reach files or use the network. Prefer `trace` and `query`; aggregate instead of reading many rows.',
  input: z.strictObject({
    statement: z.string().min(1).max(20_000).describe('for example: select cause, count(*) from verdict group by all'),
    limit: limitArgument(50, 1000),
  }),
  output: TABLE,
  async answer({ statement, limit }, { db, wait, effects, columnNames }) {
    const { command } = await import('./sql.ts');
    const common = { db, wait, file: undefined, format: 'ndjson' as const, columns: undefined, vertical: false };
    const args = { ...common, statement, write: false, allowExternal: false, isLocked: true };
    const listed = await rowsAnswer((inMemory) => command.run(args, inMemory), limit, effects);
    const typed = new Set(statement.match(/\w+/g));
    const table = tableOf(listed, (name) => columnNames.has(name) || typed.has(name));
    const next = listed.more ? ['There are more rows: aggregate, or raise limit.'] : [];
    return { ...table, notes: listed.notes, next };
  },
});
