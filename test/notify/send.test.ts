/** Tests targets and sending against a server that answers as it is told: secrets stay hidden, tries and waits are bounded. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { parseTarget, TargetError } from '../../src/notify/target.ts';
import { draintrace, freshFolder, makeDatabase, type Run } from '../command/world.ts';

const SECRET = 'T00/B00/correct-horse-battery';

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server;
let base = '';
let asked: Asked[] = [];
/** Status, headers and body of the next answers; 200 when there are none left. */
let answers: [status: number, headers: Record<string, string>][] = [];
let db = '';

before(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      asked.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      const [status, headers] = answers.shift() ?? [200, {}];
      // As a proxy may: it says what it was asked for.
      response.writeHead(status, headers).end(`no such hook: ${request.url}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const time = '2026-11-03T10:20:25Z';
  db = await makeDatabase({
    log_object: [{ object_id: 1, uri: 'file:///a.log', kind: 'alb_access_log', status: 'complete', last_time: time }],
    alb_log: [
      {
        object_id: 1,
        line: 1,
        time,
        request_creation_time: time,
        elb_status_code: 502,
        target_ip: '10.9.0.1',
        target_port: 80,
      },
    ],
  });
});
after(() => server.close());
afterEach(() => {
  asked = [];
  answers = [];
});

const check = (
  targets: readonly string[],
  env: Record<string, string> = {},
  more: readonly string[] = [],
): Promise<Run> =>
  draintrace(['check', '--db', db, '--max', 'no_evidence=0', ...targets.flatMap((one) => ['--notify', one]), ...more], {
    env,
  });

test('a broken limit is told to every target, each in its form; the answer on stdout and its code stay', async () => {
  const hook = join(freshFolder(), 'hook');
  writeFileSync(hook, `${base}/${SECRET}\nAuthorization: Bearer of-a-file\n`);
  const env = { SLACK: `${base}/slack/${SECRET}`, TEAMS: `${base}/teams` };
  const told = await check(
    ['slack:env:SLACK', 'teams:env:TEAMS', `webhook:file:${hook}`, `openmetrics:${base}/metrics/job/x`],
    env,
  );
  const silent = await check([]);
  assert.deepEqual([told.code, told.stdout, told.stderr], [1, silent.stdout, silent.stderr]);
  const by = (start: string): Asked => asked.find(({ url }) => url.startsWith(start))!;
  assert.equal(asked.length, 4);
  assert.match(by('/slack/').body, /1 of 1 limit broken/);
  assert.match(by('/teams').body, /AdaptiveCard/);
  const webhook = by('/T00');
  assert.equal(webhook.headers.authorization, 'Bearer of-a-file');
  const { schema, outcome, exit_code, limits } = JSON.parse(webhook.body) as Record<string, unknown>;
  assert.deepEqual(
    [schema, outcome, exit_code, limits],
    ['draintrace.message/1', 'limit_broken', 1, [{ limit: 'no_evidence', most: 0, found: 1 }]],
  );
  assert.equal(by('/metrics').method, 'PUT');
  assert.match(by('/metrics').body, /^draintrace_run_limits_broken\{command="check"\} 1$/m);
});

test('a check that passes is told to metrics alone, or to all with --notify-when always', async () => {
  const env = { SLACK: `${base}/slack` };
  const targets = ['slack:env:SLACK', `openmetrics:${base}/metrics/job/x`];
  const passes = ['--max', 'no_evidence=5', '--allow-missing'];
  const words = ['check', '--db', db, ...passes, ...targets.flatMap((one) => ['--notify', one])];
  assert.equal((await draintrace(words, { env })).code, 0);
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/metrics/job/x'],
  );
  asked = [];
  assert.equal((await draintrace([...words, '--notify-when', 'always'], { env })).code, 0);
  assert.deepEqual(asked.map(({ url }) => url).sort(), ['/metrics/job/x', '/slack']);
});

test('a server that is busy is asked again, as late as it wants; one that refuses is not', async () => {
  answers = [
    [429, { 'retry-after': '0' }],
    [503, { 'retry-after': '0' }],
  ];
  const env = { HOOK: `${base}/${SECRET}` };
  assert.equal((await check(['webhook:env:HOOK'], env)).code, 1);
  assert.equal(asked.length, 3);
  asked = [];
  answers = [[404, {}]];
  const refused = await check(['webhook:env:HOOK'], env);
  assert.equal(asked.length, 1);
  assert.match(refused.stderr, /^draintrace: webhook:env:HOOK did not take the message: its server answered 404$/m);
  assert.ok(
    !refused.stderr.includes('battery') && !refused.stdout.includes('battery'),
    'the answer repeats the secret; we do not',
  );
  assert.equal(refused.code, 1, 'a broken limit outweighs a message');
});

test('a message that nobody takes makes a good run end with 6; redirects are not followed', async () => {
  answers = [[302, { location: `${base}/elsewhere` }]];
  const words = ['check', '--db', db, '--max', 'no_evidence=5', '--allow-missing', '--notify-when', 'always'];
  const { code, stderr } = await draintrace([...words, '--notify', 'slack:env:HOOK'], {
    env: { HOOK: `${base}/${SECRET}` },
  });
  assert.equal(code, 6);
  assert.match(stderr, /answered 302/);
  assert.equal(asked.length, 1);
  assert.ok(!stderr.includes('battery'));
});

test('a run that fails is told, with its error', async () => {
  const words = [
    'check',
    '--db',
    join(freshFolder(), 'none.duckdb'),
    '--max',
    'no_evidence=5',
    '--notify',
    'webhook:env:HOOK',
  ];
  const { code } = await draintrace(words, { env: { HOOK: `${base}/x` } });
  const { outcome, exit_code, error } = JSON.parse(asked[0]!.body) as Record<string, unknown>;
  assert.deepEqual([outcome, exit_code], ['failed', code]);
  assert.match(String(error), /none\.duckdb/);
});

test('a wrong target is one sentence before the work, and hides what may be a secret', async () => {
  const secrets = {
    env: { EMPTY: '', WRONG: 'no url', OPEN: 'http://hooks.slack.com/services/x', HEAD: `${base}\nno header` },
    read: (path: string): string => {
      throw Object.assign(new Error(`${path}: secret`), { code: 'ENOENT' });
    },
  };
  const wrong: Record<string, RegExp> = {
    [`slack:https://hooks.slack.com/services/${SECRET}`]:
      /is a secret and does not belong on a command line: write it as slack:env:NAME/,
    [`https://hooks.slack.com/services/${SECRET}`]: /a target begins with slack, teams/,
    [`openmetrics:https://user:${SECRET}@push.example`]: /is a secret/,
    [`slack:env:https://hooks.slack.com/services/${SECRET}`]:
      /slack:env: names no variable: write it as slack:env:NAME/,
    [`slack:env:${SECRET}`]: /names no variable/,
    [`slack:file:https://hooks.slack.com/services/${SECRET}`]: /slack:file: names no file/,
    [`openmetrics:https://push.example/#${SECRET}`]: /is a secret/,
    'slack:env:NONE': /the variable NONE is not set/,
    'slack:env:EMPTY': /is not set/,
    'teams:env:WRONG': /holds no address/,
    'slack:env:OPEN': /is not encrypted/,
    'webhook:env:HEAD': /line 2 is no header/,
    'webhook:file:/none': /cannot be read \(ENOENT\)/,
    'sns:alarms': /needs the ARN of a topic/,
    mail: /a target begins with/,
  };
  for (const [text, sentence] of Object.entries(wrong)) {
    assert.throws(
      () => parseTarget(text, secrets),
      (error: Error) =>
        error instanceof TargetError && sentence.test(error.message) && !error.message.includes('battery'),
      text,
    );
  }
  const { code, stderr } = await check([`slack:https://hooks.slack.com/services/${SECRET}`]);
  assert.equal(code, 2);
  assert.ok(!stderr.includes('battery'));
});

test('a password with a stray % is a password, not a bug', () => {
  const secrets = { env: { HOOK: 'https://u:50%zz@hook.example/' }, read: String };
  const target = parseTarget('webhook:env:HOOK', secrets);
  assert.ok(target.kind === 'webhook');
  assert.equal(target.headers.authorization, `Basic ${Buffer.from('u:50%zz').toString('base64')}`);
  assert.equal(target.url, 'https://hook.example/');
});
