/** Tests check, explain and evidence over a small database, in this process. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { draintrace, freshFolder, makeDatabase } from './world.ts';

const at = (time: string): string => `2026-11-03T${time}Z`;
const TRACE = 'Root=1-690880a5-0123456789abcdef01234567';

describe('what stands on the verdicts', () => {
  let db = '';
  before(async () => {
    const row = {
      object_id: 1,
      elb: 'app/shop/1',
      target_ip: '10.0.0.1',
      target_port: 8080,
      target_group_arn: 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/api/1',
      actions_executed: 'forward',
      elb_status_code: 504,
    };
    const pod = { object_id: 2, name: 'api-7d9f-aaaaa', uid: 'u1', namespace: 'shop', ip: '10.0.0.1' };
    const moment = (event: string, time: string, line: number) => ({
      ...pod,
      event,
      line,
      earliest: at(time),
      latest: at(time),
    });
    db = await makeDatabase({
      log_object: [
        { object_id: 1, uri: 'file:///a.log', kind: 'alb_access_log', status: 'complete', last_time: at('10:30:00') },
        { object_id: 2, uri: 'file:///pods\u001b[2J.json', kind: 'kubectl_pods_json', status: 'complete' },
      ],
      alb_log: [
        {
          ...row,
          line: 1,
          time: at('10:20:25.002'),
          request_creation_time: at('10:20:15'),
          trace_id: TRACE,
          request_line: 'GET https://shop.example:443/\u001b]0;x HTTP/1.1',
        },
        {
          ...row,
          line: 2,
          time: at('10:21:25.002'),
          request_creation_time: at('10:21:15'),
          target_ip: '10.0.0.9',
          trace_id: 'Root=1-2-3',
        },
      ],
      pod_fact: [moment('created', '10:00:00', 1), moment('ready', '10:00:09', 2), moment('deleted', '10:20:00', 3)],
    });
  });

  test('a likely cause breaks no limit, and counts as missing evidence', async () => {
    const logs = join(freshFolder(), 'logs.duckdb');
    const loaded = await draintrace(['load', 'samples/rollout-day/AWSLogs', '--db', logs, '--quiet'], { built: true });
    assert.equal(loaded.code, 0, loaded.stderr);
    const check = ['check', '--db', logs, '--from', '2026-03-10T14:00:00Z', '--to', '2026-03-10T15:00:00Z'];
    const limit = [...check, '--max', 'draining_target=0'];
    const { code, stdout } = await draintrace(limit);
    assert.equal(code, 1);
    assert.match(stdout, /^data: .*; 6 failures are only likely of a limited cause \(draintrace evidence\)\n$/);
    assert.equal((await draintrace([...limit, '--allow-missing'])).code, 0);
    const byMechanism = [...check, '--max', 'connect_failed=0', '--allow-missing'];
    assert.equal((await draintrace(byMechanism)).code, 1, 'a mechanism needs no evidence');
  });

  test('a limit that is kept passes, when nothing is missing', async () => {
    const window = ['--to', at('10:21:00')];
    const { code, stdout } = await draintrace(['check', '--db', db, ...window, '--max', 'draining_target=1']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^passed: draining_target: 1 failure, 1 allowed; data: nothing is missing\n$/);
  });

  test('a limit that is broken is one line, and exit code 1', async () => {
    const window = ['--to', at('10:21:00')];
    const words = ['check', '--db', db, ...window, '--max', 'draining_target=0', '--max', 'killed_in_flight=0'];
    const text = await draintrace(words);
    assert.equal(text.code, 1);
    assert.equal(text.stdout, `draining_target: 1 failure, 0 allowed, such as ${TRACE}\n`);
    const github = await draintrace([...words, '--format', 'github']);
    assert.match(github.stdout, /^::error title=draintrace draining_target::1 failure, 0 allowed[^\n]*\n$/);
    const junit = await draintrace([...words, '--format', 'junit']);
    assert.match(junit.stdout, /<testsuites tests="3" failures="1">/);
    const json = JSON.parse((await draintrace([...words, '--format', 'json'])).stdout) as { passed: boolean };
    assert.equal(json.passed, false);
  });

  test('failures without evidence do not pass, unless that is asked for', async () => {
    const words = ['check', '--db', db, '--max', 'killed_in_flight=0'];
    const refused = await draintrace(words);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^data: 1 failure without evidence of its cause/);
    assert.equal((await draintrace([...words, '--allow-missing'])).code, 0);
  });

  test('a window that the logs do not cover does not pass', async () => {
    const early = await draintrace(['check', '--db', db, '--to', at('10:45:00'), '--max', 'connect_failed=0']);
    assert.equal(early.code, 1);
    assert.match(early.stdout, /the loaded logs end at 2026-11-03T10:30:00.000Z, before the end of the window/);
    const empty = await draintrace(['check', '--db', db, '--from', at('11:00:00'), '--max', 'connect_failed=0']);
    assert.match(empty.stdout, /^data: no request of the window is loaded/);
  });

  test('a limit that is none is a wrong argument', async () => {
    assert.equal((await draintrace(['check', '--db', db, '--max', 'drainig_target=0'])).code, 2);
    assert.equal((await draintrace(['check', '--db', db, '--max', 'draining_target'])).code, 2);
  });

  test('explain tells the story of a request in order, on 80 columns, and nothing of it acts', async () => {
    const { code, stdout } = await draintrace(['explain', TRACE, '--db', db]);
    assert.equal(code, 0);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(stdout, /\u001b/);
    const order = ['was created', 'was ready', 'was asked for', 'ROUTED to 10.0.0.1:8080', 'FAILED (CONNECT_TIMEOUT)'];
    // A sentence may be wrapped between words.
    const places = order.map((text) => stdout.replace(/\s+/g, ' ').indexOf(text));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(
      places.every((place) => place >= 0),
      stdout,
    );
    assert.match(stdout, /-15 s +10:20:00\.000/);
    assert.match(stdout, /connect_timeout, cause draining_target \(exact\)/);
    assert.match(stdout, /rule going\.told_unknown: R after D, X not known\n/);
    assert.match(stdout, /R-D >= 15 s, told: unknown\n/);
    assert.match(stdout, /More evidence needed: deregistration of the target\./);
  });

  test('explain takes object:line, bare ids, and gives JSON', async () => {
    const { stdout } = await draintrace(['explain', 'a.log:1', '--db', db, '--format', 'json']);
    const story = JSON.parse(stdout) as Record<string, unknown> & { timeline: { what: string }[] };
    assert.equal(story.cause, 'draining_target');
    assert.equal(story.rule, 'going.told_unknown');
    assert.equal(story.told, 'unknown');
    assert.equal(story.pattern, null);
    assert.deepEqual(story.numbers, { 'R-D': 15, 'R-X': null, 'R-T': null, 'F-T': null });
    assert.ok(story.timeline.length >= 5);
    assert.equal((await draintrace(['explain', TRACE.replace('Root=', ''), '--db', db])).code, 0);
    const unknown = await draintrace(['explain', 'Root=1-00000000-0', '--db', db]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /no request Root=1-00000000-0 is loaded/);
  });

  test('evidence says what is known, and what would settle most of the rest', async () => {
    const { code, stdout } = await draintrace(['evidence', '--db', db]);
    assert.equal(code, 0);
    assert.match(stdout, /2 failures of targets; of these the evidence knows/);
    assert.match(stdout, /1 of 2 {2}whose address it was/);
    assert.match(stdout, /Most useful evidence \(settles 1 failure\): pod of the address\./);
  });
});
