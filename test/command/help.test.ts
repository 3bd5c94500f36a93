/** Tests --help and the completion, and that the list of verbs matches the command files. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VERBS } from '../../src/command/verb.ts';
import { draintrace } from './world.ts';

test('each verb is as its file has it, with two examples and its cost', async () => {
  for (const verb of VERBS) {
    const name = verb.command.split(' ')[0]!;
    assert.ok(existsSync(new URL(`../../src/command/${name}.ts`, import.meta.url)), name);
    const command = await verb.import();
    assert.deepEqual(
      { command: verb.command, describe: verb.describe },
      { command: command.command, describe: command.describe },
    );
    const { code, stdout } = await draintrace([name, '--help']);
    assert.equal(code, 0);
    assert.equal(command.examples.length, 2, name);
    assert.match(stdout, /^Examples:$/m);
    assert.match(stdout, /^Cost: /m);
    assert.ok(stdout.includes(`\nDocumentation: ${verb.docs}`), name);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, `${name}: ${line}`);
    assert.match(stdout, /--db/);
    const flags = new Set(stdout.match(/--[a-z][a-z-]*/g));
    for (const [example] of command.examples) {
      assert.match(example, new RegExp(`\\bdraintrace ${name}\\b`));
      for (const flag of example.match(/(?<= )--[a-z][a-z-]*/g) ?? [])
        assert.ok(flags.has(flag), `${example}: ${flag}`);
    }
  }
});

test('--help names all verbs and the exit codes, --version the version', async () => {
  const { code, stdout } = await draintrace(['--help']);
  assert.equal(code, 0);
  for (const { command, docs } of VERBS) {
    assert.ok(stdout.includes(`\n  ${command} `), command);
    assert.ok(existsSync(new URL(`../../${docs}`, import.meta.url)), docs);
  }
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  for (const heading of ['Start here:', 'Ask:', 'Run:', 'More:', 'Examples:', 'Exit codes:', 'Documentation:', 'Bugs:'])
    assert.ok(stdout.includes(`\n${heading}`), heading);
  for (const words of [['-h'], ['help']]) assert.equal((await draintrace(words)).stdout, stdout);
  assert.equal((await draintrace(['help', 'trace'])).stdout, (await draintrace(['trace', '--help'])).stdout);
  assert.match((await draintrace(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('-h is short: every flag of a command on one line, one example, and no more than a screen', async () => {
  for (const { command } of VERBS) {
    const name = command.split(' ')[0]!;
    const long = (await draintrace([name, '--help'])).stdout;
    const { code, stdout } = await draintrace([name, '-h']);
    assert.equal(code, 0, name);
    const flags = [...long.matchAll(/^ +(?:-\w, )?--([a-z][a-z-]*)(?=\s)/gm)].map(([, flag]) => flag!);
    for (const flag of flags.filter((one) => one !== 'help' && one !== 'version'))
      assert.ok(stdout.includes(`--${flag}`), `${name} --${flag}`);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) assert.ok(line.length <= 80, line);
    assert.ok(lines.length < long.split('\n').length, name);
    assert.match(stdout, /\n {2}draintrace [\s\S]*\n\nAlso --db/);
    assert.match(stdout, /--help has the values/);
  }
});

test('each flag is declared in the arguments of a command, and read', async () => {
  const folder = new URL('../../src/command/', import.meta.url);
  const code = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');
  let flags = 0;
  for (const { command } of VERBS) {
    const name = command.split(' ')[0]!;
    const { stdout } = await draintrace([name, '--help']);
    for (const [, flag] of stdout.matchAll(/^ +(?:-\w, )?--(?:no-)?([a-z][a-z-]*)(?=\s)/gm)) {
      if (flag === 'help' || flag === 'version') continue;
      flags++;
      const key = flag!.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      // Quoted, the name is that of the flag; unquoted, a property of the arguments.
      const uses = code.match(new RegExp(`(?<!['\\w-])${key}(?!['\\w-])`, 'g')) ?? [];
      assert.ok(uses.length >= 2, `draintrace ${name} --${flag}: no command reads ${key}`);
    }
  }
  assert.ok(flags > 100, `${flags} flags`);
});
