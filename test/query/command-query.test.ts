/** Tests the questions that commands ask for themselves (queries/command): headers, parameters, and who asks them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandQueries, commandQuery } from '../../src/query/command-query.ts';
import { defaultValues } from '../../src/query/parameter.ts';
import { keptViews } from '../../src/store/judge.ts';
import { keepViews } from '../../src/store/materialised-view.ts';
import { selectAll } from '../../src/store/select.ts';
import { TABLES } from '../../src/store/table.ts';
import { viewNames } from '../../src/store/view.ts';
import { modulesOf } from '../module.ts';
import { memoryDatabase } from './memory.ts';

const queries = commandQueries().map(commandQuery);
const commands = modulesOf('src/command');
const unique = (words: Iterable<string>): string[] => [...new Set(words)].sort();

test('each states what it reads and takes', () => {
  const relations = [...TABLES.map(({ name }) => name), ...viewNames()];
  assert.ok(queries.length >= 20);
  for (const { name, needs, parameters, sql } of queries) {
    const read = [...sql.matchAll(/\b(?:from|join) (\w+)/g)].map(([, word]) => word!);
    assert.deepEqual(unique(needs), unique(read.filter((word) => relations.includes(word))), name);
    const taken = [...sql.matchAll(/\$(\w+)/g)].map(([, word]) => word!);
    assert.deepEqual(unique(parameters.map((parameter) => parameter.name)), unique(taken), name);
  }
});

test('each runs on an empty database', async () => {
  const connection = await memoryDatabase();
  await keepViews(connection, keptViews());
  for (const { sql, parameters } of queries) await selectAll(connection, sql, defaultValues(parameters));
});

test('each is asked, and each that is asked is there', () => {
  const asked = commands.flatMap(({ text }) =>
    [...text.matchAll(/\bask(?:InChunks)?\(\s*[\w.]+,\s*'([\w-]+)'/g)].map(([, name]) => name!),
  );
  assert.deepEqual(unique(asked), commandQueries());
});

test('no command has a question in a string', () => {
  // The shell asks DuckDB about itself, completion wraps a question to learn its columns, a pull and its
  // answers ask temporary tables and views of Athena.
  const others = ['shell-session', 'shell-command', 'complete', 'athena-pull', 'athena-answer'].map(
    (name) => `src/command/${name}.ts`,
  );
  const isQuestion = (word: string): boolean => /^.\s*(?:select|with)\s[\s\S]*\sfrom\s/i.test(word);
  const found = commands.filter(
    ({ file, text }) =>
      !others.includes(file) &&
      [...text.replace(/^\s*(?:\/?\*|\/\/).*$/gm, '').matchAll(/`[^`]*`|'[^'\n]*'/g)].some(([word]) =>
        isQuestion(word),
      ),
  );
  assert.deepEqual(
    found.map(({ file }) => file),
    [],
  );
});
