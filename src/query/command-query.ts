/** Reads the questions that commands ask for themselves: queries/command, one file each, outside the catalogue. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Parameter, readParameters } from './catalogue.ts';
import { needsOf, oneValue, readHeader } from './header.ts';

/** The path is right from src/ and from dist/. */
const FOLDER = new URL('../../queries/command/', import.meta.url);

const KEYS = ['Title', 'Why', 'Param', 'Needs'];

export interface CommandQuery {
  name: string;
  title: string;
  why: string;
  parameters: Parameter[];
  /** Tables and views that the query reads. */
  needs: string[];
  sql: string;
}

/** Returns the names of all of them. */
export const commandQueries = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();

/** Returns the query of that name, as `check-verdicts`. */
export function commandQuery(name: string): CommandQuery {
  const file = `command/${name}.sql`;
  const header = readHeader(file, readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8'), KEYS);
  return {
    name,
    title: oneValue(file, header, 'Title'),
    why: oneValue(file, header, 'Why'),
    parameters: readParameters(`command/${name}`, header),
    needs: needsOf(file, header),
    sql: header.sql,
  };
}
