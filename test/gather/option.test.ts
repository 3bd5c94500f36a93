/** Tests the words of `draintrace incident`: windows, mistakes, and a plan that needs no credentials. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { command } from '../../src/command/incident.ts';
import {
  type IncidentArguments,
  incidentQuestion,
  regionAsked,
  withConfig,
} from '../../src/command/incident-option.ts';
import { emptyScope } from '../../src/gather/outcome.ts';
import { PLAN } from '../../src/gather/plan.ts';
import { parseZone } from '../../src/time/zone.ts';
import { draintrace, freshFolder } from '../command/world.ts';

const NOW = Date.UTC(2026, 3, 14, 10);
/** A question that is whole, and steps that are not. */
const BROKEN = JSON.stringify({
  ...{ draintraceGathered: 1, question: { lb: null, targetGroup: null, cluster: null, from: 1, to: 2 } },
  ...{ scope: emptyScope(), steps: { balancer: { files: [], detail: '', gaps: [{}] } } },
});
const none = { lb: undefined, targetGroup: undefined, at: undefined, from: undefined, to: undefined, last: undefined };
const windowOf = (words: Partial<IncidentArguments>): string[] => {
  const asked = incidentQuestion({ ...none, ...words } as IncidentArguments, NOW * 1000)!;
  return [asked.from, asked.to].map((time) => new Date(time / 1000).toISOString().slice(11, 16));
};

test('a time is a window around it, a span ends now, and without --to so does a window', () => {
  assert.deepEqual(windowOf({ at: '2026-04-14T09:02:00Z' }), ['08:47', '09:17']);
  assert.deepEqual(windowOf({ last: '1h30m' }), ['08:30', '10:00']);
  assert.deepEqual(windowOf({ from: '-2h' }), ['08:00', '10:00']);
  assert.deepEqual(windowOf({ from: '2026-04-14T09:00:00Z', to: '-30m' }), ['09:00', '09:30']);
});

test('a typed time without an offset is of the zone of the person', () => {
  const asked = incidentQuestion(
    { ...none, at: '2026-04-14T17:02' } as IncidentArguments,
    NOW * 1000,
    parseZone('+08:00')!,
  );
  assert.equal(new Date(asked!.from / 1000).toISOString(), '2026-04-14T08:47:00.000Z');
});

test('the region is that of the flag, else of the ARN, also where the folder knows the question', () => {
  const lb = 'arn:aws-cn:elasticloadbalancing:cn-north-1:111122223333:loadbalancer/app/a/0123456789abcdef';
  const asked = { lb, targetGroup: null, cluster: null, from: 1, to: 2 };
  assert.equal(regionAsked(undefined, asked), 'cn-north-1');
  assert.equal(regionAsked('eu-west-1', asked), 'eu-west-1');
  assert.equal(regionAsked(undefined, { ...asked, lb: 'a' }), null);
});

test('the configuration of nightly names Prometheus, and flags come first', async () => {
  const config = join(freshFolder(), 'nightly.yaml');
  writeFileSync(
    config,
    'sources: [s3://logs/prod]\nevidence: [pods, prometheus+http://p:9090]\nselector: a="b"\nprofile: prod\n',
  );
  const asked = (words: Partial<IncidentArguments>) => {
    const { prometheus, selector, profile } = withConfig({ ...none, ...words } as IncidentArguments, {});
    return [prometheus, selector, profile];
  };
  assert.deepEqual(asked({ config }), ['prometheus+http://p:9090', 'a="b"', 'prod']);
  assert.deepEqual(asked({ config, prometheus: 'x', profile: 'y' }), ['x', 'a="b"', 'y']);
  assert.deepEqual(asked({}), [undefined, undefined, undefined]);
  const run = await draintrace(['incident', '--last', '1h', '--config', `${config}x`], { now: NOW });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /cannot be read \(ENOENT\)/);
});

test('mistakes are one sentence, and nothing is called', async () => {
  const wrong: [words: string[], says: RegExp][] = [
    [[], /when was it\? give --at TIME, --last 1h, or --from and --to/],
    [['--last', '0m'], /--last 0m is not a time span/],
    [['--last', 'soon'], /--last soon is not a time span/],
    [['--at', 'then'], /--at then is not a time/],
    [['--at', '-1h', '--last', '1h'], /give one of them/],
    [['--to', '-1h'], /--to needs --from/],
    [['--from', '-1h', '--to', '-2h'], /--from -1h is not before --to -2h/],
    [['--from', '2027-01-01'], /lies in the future|is not before/],
    [['--last', '1h', '--lb', 'a b'], /--lb a b is neither a name nor an ARN/],
    [['--last', '1h', '--lb', 'a', '--target-group', 'b'], /give one of them/],
    [['--last', '1h', '--cluster', '../x'], /--cluster \.\.\/x is no name/],
    [['--last', '1h', '--prometheus', 'http://x'], /write it as prometheus\+http/],
    [
      ['--last', '1h', '--kubeconfig', '/nowhere/config'],
      /--kubeconfig \/nowhere\/config does not exist; check the path/,
    ],
    [['--out', freshFolder()], /has no gathered\.json of an earlier run/],
  ];
  for (const [words, says] of wrong) {
    const run = await draintrace(['incident', ...words], { now: NOW });
    assert.equal(run.code, 2, words.join(' '));
    assert.match(run.stderr, says);
    assert.equal(run.stderr.trimEnd().split('\n').length, 1);
  }
  const folder = freshFolder();
  for (const text of ['{', '[]', '{"draintraceGathered":1,"question":{}}', 'null', BROKEN]) {
    writeFileSync(join(folder, 'gathered.json'), text);
    const run = await draintrace(['incident', '--last', '1h', '--out', folder], { now: NOW });
    assert.equal(run.code, 2, text);
    assert.match(
      run.stderr,
      /gathered\.json cannot be used \(it is no state of draintrace incident\); choose another --out\n$/,
    );
  }
});

test('--plan names every step with its rights, and needs neither time nor credentials', async () => {
  const run = await draintrace(['incident', '--plan'], { now: NOW });
  assert.equal(run.code, 0);
  assert.equal(run.stderr, '');
  for (const { name, iam, rbac } of PLAN) {
    assert.match(run.stdout, new RegExp(`^\\d+\\. ${name}\\b`, 'm'));
    for (const right of [...iam, ...rbac.map((one) => `list ${one.replace(/^\//, '')}`)]) {
      assert.ok(run.stdout.includes(right), right);
    }
  }
  const policy = /\{\n[\s\S]*\n\}\n/.exec(run.stdout)![0];
  assert.equal((JSON.parse(policy) as { Version: string }).Version, '2012-10-17');
  assert.match(run.stdout, /- \{ apiGroups: \[""\], resources: \[pods, events, nodes, services\], verbs: \[list\] \}/);
});

test('on a terminal it asks first, and no is an answer', async () => {
  const said: string[] = [];
  const terminal = {
    ...{ isTTY: true, columns: 80, rows: 24 },
    write: async (text: string | Uint8Array) => void said.push(String(text)),
  };
  const code = await command.run(
    {
      ...none,
      ...{ last: '1h', out: freshFolder(), plan: false, yes: false, namespace: [], wait: 1, db: 'x' },
    } as never,
    {
      ...{ stdout: terminal, stderr: terminal, signal: new AbortController().signal },
      stdin: Object.assign(Readable.from(['n\n']), { isTTY: true }),
      // A call would fail, and the exit code be another one.
      env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_REGION: 'eu-central-1' },
      now: () => NOW * 1000,
    },
  );
  assert.equal(code, 0);
  assert.match(said.join(''), /some dozens of calls that only read.*\n--plan lists them\. Go on\? \[Y\/n\] $/);
});
