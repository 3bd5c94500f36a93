/** `draintrace lint` as a command: sources, formats, exit codes, and what a database changes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import draft4 from 'ajv-draft-04';
import { parse } from 'yaml';
import { RULES } from '../../src/lint/rule.ts';
import { shop, sleeping, till } from '../lint/manifest.ts';
import { databaseOf } from './late-world.ts';
import { draintrace, freshFolder, type Run } from './world.ts';

const BROKEN = shop({ web: { lifecycle: undefined } });

function fileOf(text: string | Uint8Array, name = 'shop.yaml'): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** No database lies in the folder of a user who only lints. */
const lint = (words: readonly string[]): Promise<Run> => draintrace(['lint', ...words]);

const schema = JSON.parse(readFileSync(new URL('../lint/sarif-2.1.0-rtm.5.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;
// The schema names formats (uri, date-time) that are checked by eye.
const isSarif = new draft4.default({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

interface Sarif {
  runs: {
    tool: { driver: { rules: { id: string }[]; version: string } };
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      message: { text: string };
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
    }[];
  }[];
}

test('the exit code follows --fail-on', async () => {
  const note = fileOf(shop({ ingress: { 'target-group-attributes': null } }));
  const warning = fileOf(BROKEN);
  const error = fileOf(shop({ spec: { strategy: { type: 'Recreate' } } }));
  const codes = async (file: string): Promise<number[]> => {
    const found: number[] = [];
    for (const words of [[], ['error'], ['warning'], ['note'], ['never']])
      found.push((await lint([file, ...words.flatMap((word) => ['--fail-on', word])])).code);
    return found;
  };
  assert.deepEqual(await codes(fileOf(shop())), [0, 0, 0, 0, 0]);
  assert.deepEqual(await codes(note), [0, 0, 0, 1, 0]);
  assert.deepEqual(await codes(warning), [1, 0, 1, 1, 0]);
  assert.deepEqual(await codes(error), [1, 1, 1, 1, 0]);
});

test('the text has place, severity, rule, reason and patch, and ends in a sum', async () => {
  const file = fileOf(BROKEN);
  const { stdout, stderr } = await lint([file]);
  assert.equal(stderr, '');
  const lines = stdout.split('\n');
  const place = BROKEN.split('\n').findIndex((line) => line.includes('- name: web')) + 1;
  assert.match(
    lines[0]!,
    new RegExp(`^${file}:${place}:\\d+: warning: Deployment shop/catalog \\[pre-stop-missing\\]$`),
  );
  assert.match(stdout, /\n {4}fix:\n/);
  const patch = /\n {4}fix:\n((?: {6}.*\n)+)/.exec(stdout)![1]!;
  assert.equal((parse(patch) as { kind: string }).kind, 'Deployment');
  assert.match(stdout, /\n1 warning: 4 objects read, 1 workload behind a load balancer\n$/);
  assert.match((await lint([fileOf(shop())])).stdout, /^nothing found: 4 objects read/);
});

test('SARIF is valid against the schema of OASIS, whatever is found', async () => {
  const files = [fileOf(BROKEN), fileOf(till({ delay: '5', web: { stopTimeout: 121 } }), 'till.json')];
  const { stdout, code } = await lint([...files, '--format', 'sarif']);
  assert.equal(code, 1);
  const log = JSON.parse(stdout) as Sarif;
  assert.ok(isSarif(log), JSON.stringify(isSarif.errors));
  const [run] = log.runs;
  assert.equal(run!.tool.driver.rules.length, RULES.length);
  assert.ok(run!.results.length >= 3);
  for (const { ruleId, ruleIndex, level } of run!.results) {
    assert.equal(run!.tool.driver.rules[ruleIndex]!.id, ruleId);
    assert.ok(['error', 'warning', 'note'].includes(level));
  }
  const [first] = run!.results;
  assert.equal(first!.locations[0]!.physicalLocation.artifactLocation.uri, `file://${files[0]}`);
  // The schema does refuse.
  assert.ok(!isSarif({ ...log, version: '2.0.0' }));
  assert.ok(!isSarif({ ...log, runs: [{ results: [] }] }));

  const folder = freshFolder();
  mkdirSync(join(folder, 'a b#%'));
  writeFileSync(join(folder, 'a b#%', 'ö:1.yaml'), BROKEN);
  writeFileSync(join(folder, 'broken.yaml'), 'a: [1');
  const odd = await lint([folder, '--format', 'sarif']);
  const oddLog = JSON.parse(odd.stdout) as Sarif;
  assert.ok(isSarif(oddLog), JSON.stringify(isSarif.errors));
  const { uri } = oddLog.runs[0]!.results[0]!.locations[0]!.physicalLocation.artifactLocation;
  assert.match(uri, /\/a%20b%23%25\/%C3%B6%3A1\.yaml$/);
  assert.equal(oddLog.runs[0]!.invocations[0]!.executionSuccessful, false);
  assert.ok(isSarif(JSON.parse((await lint([fileOf(shop()), '--format', 'sarif'])).stdout)));
});

test('GitHub gets one command a finding, and names in a manifest add none', async () => {
  const evil = shop({ web: { lifecycle: undefined, name: 'a\n::error::b\u001b[31m%0A' } });
  const { stdout } = await lint([fileOf(evil, 'a,b:c.yaml'), '--format', 'github']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^::warning file=[^,:]*a%2Cb%3Ac\.yaml,line=\d+,col=\d+,title=draintrace pre-stop-missing::/);
  assert.match(lines[0]!, /a\\x0A::error::b\\x1B\[31m%250A/);
  assert.match(lines[0]!, /%0Afix:%0A/);
});

test('JSON has everything that the text has', async () => {
  const file = fileOf(BROKEN);
  const { stdout } = await lint([file, '--format', 'json']);
  const answer = JSON.parse(stdout) as { findings: Record<string, unknown>[]; objects: number; judged: number };
  assert.deepEqual([answer.objects, answer.judged, answer.findings.length], [4, 1, 1]);
  const [found] = answer.findings;
  assert.equal(found!.rule, 'pre-stop-missing');
  assert.equal(found!.file, file);
  for (const key of ['severity', 'subject', 'message', 'line', 'column', 'related', 'fix', 'why', 'source'])
    assert.ok(key in found!, key);
});

test('folders are read, charts and kustomizations named, other files passed over', async () => {
  const folder = freshFolder();
  for (const name of ['chart', 'base', 'node_modules', '.git', 'deploy']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'chart', 'Chart.yaml'), 'name: x');
  writeFileSync(join(folder, 'chart', 'values.yaml'), 'a: 1');
  writeFileSync(join(folder, 'base', 'kustomization.yaml'), 'resources: []');
  writeFileSync(join(folder, 'node_modules', 'a.yaml'), '{{');
  writeFileSync(join(folder, '.git', 'a.yaml'), '{{');
  writeFileSync(join(folder, 'deploy', 'shop.yml'), BROKEN);
  writeFileSync(join(folder, 'deploy', 'README.md'), '{{');
  writeFileSync(join(folder, 'package.json'), '{"name": "shop"}');
  const { code, stdout, stderr } = await lint([folder]);
  assert.equal(code, 1);
  assert.match(stdout, /shop\.yml:\d+:\d+: warning/);
  assert.deepEqual(stderr.replaceAll(folder, 'F').split('\n'), [
    'note: F/base has a kustomization: `kubectl kustomize F/base | draintrace lint -` lints what it builds',
    'note: F/chart is a Helm chart: lint what it renders, `helm template F/chart | draintrace lint -`',
    'note: 1 document of another kind left out, the first at F/package.json:1:1',
    '',
  ]);
});

test('input that cannot be used gets one sentence and the documented code', async () => {
  const refusals: readonly (readonly [path: string, says: RegExp])[] = [
    ['/nowhere.yaml', /^draintrace: \/nowhere\.yaml cannot be read \(ENOENT\): give a file, a folder, or -/],
    [freshFolder(), /has no \.yaml, \.yml or \.json file/],
    [fileOf(''), /holds no manifest of Kubernetes/],
    [fileOf('name: x\n'), /holds no manifest of Kubernetes/],
    [fileOf('name: {{ .x }}\n'), /:1:1 is a template that is not rendered/],
    [fileOf(Uint8Array.from({ length: 256 }, (_, i) => i)), /:1:1 is not text in UTF-8/],
    [fileOf('['.repeat(100_000)), /:1:1 is n/],
  ];
  for (const [path, says] of refusals) {
    const { code, stdout, stderr } = await lint([path]);
    assert.deepEqual([code, stdout], [3, ''], path);
    assert.match(stderr, says);
    assert.match(stderr, /^draintrace: [^\n]+\n$/);
  }
  const partly = await lint([fileOf(shop()), '/nowhere.yaml']);
  assert.equal(partly.code, 4);
  assert.match(partly.stdout, /^nothing found/);
  assert.equal((await lint([fileOf(`${shop()}---\na: [1`)])).code, 4);
  assert.equal((await lint([])).code, 2);
  assert.match((await lint([fileOf(shop()), '--fail-on', 'all'])).stderr, /--fail-on/);
});

test('a pipe that nobody writes is refused, not waited for', async () => {
  const pipe = join(freshFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const run = await lint([pipe]);
  assert.equal(run.code, 3);
  assert.match(run.stderr, /pipe is no file: give a file or a folder, or pipe it to - for standard input\n$/);
});

test('a database that has measured late routing replaces the defaults', async () => {
  // Requests were routed up to 12.5 s after the deletion, so 14 s are advised.
  const db = await databaseOf(10, [1, 2, 4, 8, 12.5], { deregistered: 2 });
  const api = (seconds: number, delay = 60): string =>
    shop({
      web: sleeping(seconds),
      ingress: { 'target-group-attributes': `deregistration_delay.timeout_seconds=${delay}` },
    }).replaceAll('catalog', 'api');
  const rules = async (text: string, words: readonly string[]) => {
    const { stdout, stderr } = await lint([fileOf(text), '--format', 'json', ...words]);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; message: string; fix: string }[] };
    return { findings, stderr, names: findings.map(({ rule }) => rule) };
  };
  assert.deepEqual((await rules(api(13), [])).names, ['pre-stop-too-short', 'requests-at-sigterm']);
  const measured = await rules(api(13), ['--db', db]);
  assert.deepEqual(measured.names, ['requests-at-sigterm']);
  assert.match(measured.stderr, /has measured late routing of 1 workload/);
  const short = await rules(api(12), ['--db', db]);
  assert.equal(short.names[0], 'pre-stop-too-short');
  assert.match(
    short.findings[0]!.message,
    /12\.5 s \(measured: 50 late requests to 10 pods, the last one 12\.5 s after\)/,
  );
  assert.match(short.findings[0]!.fix, /seconds: 14\n/);
  // Routing after the deregistration and the longest request, as `advise` computes it.
  const row = JSON.parse((await draintrace(['advise', '--db', db, '--format', 'json'])).stdout) as [
    { needed_deregistration_delay_seconds: number; needed_pre_stop_seconds: number },
  ];
  assert.equal(row[0].needed_pre_stop_seconds, 14);
  const needed = row[0].needed_deregistration_delay_seconds;
  assert.ok((await rules(api(13, needed - 1), ['--db', db])).names.includes('delay-below-late-routing'));
  assert.ok(!(await rules(api(13, needed), ['--db', db])).names.includes('delay-below-late-routing'));
  // A workload that the database does not know keeps the defaults.
  assert.equal((await rules(shop({ web: sleeping(13) }), ['--db', db])).names[0], 'pre-stop-too-short');
  const missing = await lint([fileOf(shop()), '--db', join(freshFolder(), 'none.duckdb')]);
  assert.equal(missing.code, 5);
});
