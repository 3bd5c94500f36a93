/** Tests --help and the completion, and that the list of verbs matches the command files. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
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
  for (const { command } of VERBS) assert.ok(stdout.includes(`draintrace ${command} `), command);
  assert.match(stdout, /Exit codes:/);
  assert.match((await draintrace(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});
