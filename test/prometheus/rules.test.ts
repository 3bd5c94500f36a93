/** promtool checks the rules of deploy/ and runs their unit tests, rules.test.yaml. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { freshFolder, ROOT } from '../cli.ts';

const RULES = join(ROOT, 'deploy/prometheus/draintrace.rules.yaml');
const read = (path: string): string => readFileSync(path, 'utf8');

function promtool(...words: string[]): { status: number | null; text: string } {
  const { error, status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  assert.equal(error, undefined, 'promtool is not on this machine (Debian: apt-get install prometheus)');
  return { status, text: stdout + stderr };
}

/** Runs the unit tests on these rules. */
function unitTests(rules: string): { status: number | null; text: string } {
  const folder = freshFolder();
  writeFileSync(join(folder, 'rules.yaml'), rules);
  const tests = join(folder, 'tests.yaml');
  writeFileSync(tests, read(join(ROOT, 'test/prometheus/rules.test.yaml')).replace('RULES', 'rules.yaml'));
  return promtool('test', 'rules', tests);
}

test('promtool takes the rules, and each alert comes when it should', () => {
  const checked = promtool('check', 'rules', RULES);
  assert.equal(checked.status, 0, checked.text);
  const tested = unitTests(read(RULES));
  assert.equal(tested.status, 0, tested.text);
});

test('every alert has a unit test in which it comes, and a broken rule fails them', () => {
  const { groups } = parse(read(RULES)) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  assert.equal(rules.length, 8);
  for (const { alert, expr } of rules) {
    // An alert that never comes, instead of this one.
    const broken = read(RULES).replace(`expr: ${expr}`, 'expr: vector(1) < 0');
    assert.notEqual(broken, read(RULES), alert);
    assert.notEqual(unitTests(broken).status, 0, alert);
  }
});

test('the resource of the Operator has the same rules', () => {
  const { spec } = parse(read(join(ROOT, 'deploy/alert.yaml'))) as { spec: { groups: unknown } };
  const { groups } = parse(read(RULES)) as { groups: unknown };
  assert.equal(stringify(spec.groups), stringify(groups));
});
