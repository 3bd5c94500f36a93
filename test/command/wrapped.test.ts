/** Tests the binary with wrapped log lines: they become rows, and every file without result is reported. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check, cli, expectStatus, freshFolder } from '../cli.ts';
import { PAYLOADS } from '../evidence/payload.ts';
import { WRAPPERS } from '../evidence/wrapper.ts';

const linesOf = (name: string): string[] => PAYLOADS.find((one) => one.name === name)!.lines;
const ACCESS = linesOf('an access log line');
const AUDIT = linesOf('an audit record');
const wrap = (name: string, lines: readonly string[]): string => WRAPPERS.find((one) => one.name === name)!.wrap(lines);

/** Loads files into one database, and returns the result. */
async function load(files: Record<string, string | Uint8Array>, flags: readonly string[] = []) {
  const cwd = freshFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const run = await cli(['load', ...Object.keys(files), ...flags], { cwd });
  const ask = async (sql: string): Promise<string> =>
    expectStatus(await cli(['sql', sql, '--format', 'csv'], { cwd }), 0).stdout.trim();
  return { run, ask };
}

test('access log lines in any form give the rows that they give alone', async () => {
  const forms = [
    'bare',
    'grep of several files',
    'indents',
    'a fence',
    'filter-log-events',
    'Container Insights',
    'CRLF',
  ];
  const files: Record<string, string | Uint8Array> = Object.fromEntries(
    forms.map((name, i) => [`${i}.log`, wrap(name, ACCESS)]),
  );
  // As PowerShell redirects, with and without a byte order mark.
  files['le.log'] = Buffer.from(`\uFEFF${ACCESS.join('\r\n')}\r\n`, 'utf16le');
  files['unmarked.log'] = Buffer.from(`${ACCESS.join('\n')}\n`, 'utf16le');
  files['be.log'] = Buffer.from(`\uFEFF${ACCESS.join('\n')}`, 'utf16le').swap16();
  files['cr.log'] = `${ACCESS.join('\r')}\r`;
  const { run, ask } = await load(files);
  check(run, ({ status }) => assert.equal(status, 0));
  const count = Object.keys(files).length;
  const rows = await ask(
    'select count(*), count(distinct hash(columns(*exclude (object_id, line)))) from alb_log'.replace(
      'hash(columns(*exclude (object_id, line)))',
      "concat_ws(' ', time, client_ip, target_ip, target_port, elb_status_code, request_line, user_agent, trace_id)",
    ),
  );
  assert.equal(rows.split(/\r?\n/).at(-1), `${2 * count},2`);
});

test('an address in brackets is that address', async () => {
  const line = ACCESS[0]!.replace('198.51.100.7:40112 10.0.7.21:9090', '[2001:db8::7]:40112 [2001:db8::21]:9090');
  const { ask } = await load({ 'a.log': `${line}\n${ACCESS[1]}\n` });
  const rows = await ask('select client_ip, client_port, target_ip, target_port from alb_log order by line');
  assert.deepEqual(rows.split(/\r?\n/).slice(1), [
    '2001:db8::7,40112,2001:db8::21,9090',
    '198.51.100.7,40112,10.0.7.21,9090',
  ]);
});

test('what was recognised and gave nothing is told of with its file, also quietly, and the exit code tells', async () => {
  // A shape that no tool writes: the records come from an audit log, and cannot be read.
  const lost = AUDIT.map((line) => JSON.stringify({ when: 1, blob: line })).join('\n');
  const alone = await load({ 'lost.json': lost }, ['--quiet']);
  check(alone.run, ({ status, stderr }) => {
    assert.equal(status, 3);
    assert.match(
      stderr,
      /^1 object of no use:\n {2}file:\S+lost\.json: recognised as audit log of Kubernetes, but no record of it could be used: no record of its kind; 2 lines of other logs in it\.\n$/,
    );
  });
  const beside = await load({ 'lost.json': lost, 'good.json': AUDIT.join('\n') }, ['--quiet']);
  check(beside.run, ({ status, stderr }) => {
    assert.equal(status, 4);
    assert.match(stderr, /lost\.json: recognised as audit log/);
    assert.doesNotMatch(stderr, /good\.json/);
  });
});

test('evidence in a form that is not read is named, with the command that prints what is read', async () => {
  const forms: readonly [text: string, sentence: RegExp][] = [
    [
      'Name:         cart-6f7d\nNamespace:    shop\nNode:         n/10.0.1.9\nContainers:\n  cart:\n',
      /kubectl describe prints it: use kubectl get pod NAME -o json/,
    ],
    [
      'LAST SEEN   TYPE     REASON    OBJECT          MESSAGE\n14s         Normal   Killing   pod/cart-6f7d   Stopping container cart\n',
      /a table of Events.*kubectl get events -A -o json/,
    ],
    [
      '{"status": {"metadata": {"attempt": 0}, "finishedAt": "2026-03-10T16:00:51Z", "exitCode": 137}}\n',
      /a container as crictl inspect prints it: give kubectl get pods -A -o json/,
    ],
    [
      '{"version": 4, "terraform_version": "1.9.5", "resources": [{"type": "aws_lb_target_group"}]}\n',
      /state of Terraform: give aws elbv2 describe-target-groups/,
    ],
    [
      '# HELP kube_pod_info Information about pod.\n# TYPE kube_pod_info gauge\nkube_pod_info{pod="a"} 1\n',
      /a scrape of kube-state-metrics.*prometheus\+http/,
    ],
  ];
  const { run } = await load(Object.fromEntries(forms.map(([text], i) => [`${i}.txt`, text])), ['--quiet']);
  check(run, ({ status, stderr }) => {
    assert.equal(status, 3);
    for (const [i, [, sentence]] of forms.entries())
      assert.match(stderr.split('\n').find((line) => line.includes(`/${i}.txt: `)) ?? '', sentence);
  });
});

test('an empty listing says something, and files of others in a folder say nothing', async () => {
  const empty = await load({ 'pods@2026-03-01T10-00-00Z.json': '{"apiVersion": "v1", "items": [], "kind": "List"}' });
  check(empty.run, ({ status }) => assert.equal(status, 0));
  const cwd = freshFolder();
  writeFileSync(join(cwd, 'a.log'), ACCESS.join('\n'));
  writeFileSync(join(cwd, 'README.md'), 'notes of somebody\n');
  expectStatus(await cli(['load', '.'], { cwd }), 0);
  expectStatus(await cli(['load', 'README.md', '--db', 'other.duckdb'], { cwd }), 3);
});
