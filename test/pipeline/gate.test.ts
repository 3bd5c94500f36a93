/**
 * Runs the gate of deploy/ as a runner of GitHub or GitLab would: the steps of the action and of the template by the shell that the
 * runner uses, with the runner's variables, against a stand-in for the comments.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { freshFolder, ROOT } from '../cli.ts';
import { filesOf } from '../module.ts';
import { action, BIN, runAction, runShell, TOKEN, template, type Variables, withForge } from './runner.ts';

const DAY = join(ROOT, 'samples/rollout-day');
const WINDOW = { from: '2026-03-10T13:55:00Z', to: '2026-03-10T14:10:00Z' };
const broken = { ...WINDOW, load: DAY, settle: '0' };

test('no expression of GitHub stands in a command, only in the environment', () => {
  assert.ok(action.runs.steps.length === 2);
  for (const { run, shell } of action.runs.steps) {
    assert.doesNotMatch(run, /\$\{\{/);
    assert.equal(shell, 'bash');
  }
  const script = readFileSync(join(ROOT, 'deploy/pipeline/gate.js'), 'utf8');
  assert.doesNotMatch(script, /execSync|execFile|shell: true/);
});

test('a broken limit: exit code 1, three lines in a comment, a report, outputs, an annotation', () =>
  withForge(async (forge, api) => {
    const ran = await runAction(broken, api);
    assert.equal(ran.code, 1, ran.stderr);
    assert.equal(forge.comments.length, 1);
    const { body } = forge.comments[0]!;
    assert.match(body, /^<!-- draintrace gate: rollout -->\n### ❌ draintrace, rollout: a limit is broken\n/);
    assert.match(body, /^\*\*10 of 190 requests failed \(5\.3%\)/m);
    assert.match(body, /^- why: 8 × draining\\_target of catalog/m);
    assert.match(body, /^- fix: Keep pods serving after their deletion/m);
    assert.match(body, /^\| draining\\_target \| \*\*broken\*\* \| 8 failures, 0 allowed/m);
    assert.match(body, /\(https:\/\/forge\.example\/shop\/catalog\/actions\/runs\/99#artifacts\)\n$/);
    assert.match(readFileSync(join(ran.folder, 'draintrace-gate/report.html'), 'utf8'), /<svg/);
    assert.match(
      readFileSync(join(ran.folder, 'draintrace-gate/check.xml'), 'utf8'),
      /<testsuites tests="3" failures="2">/,
    );
    assert.equal(readFileSync(join(ran.folder, 'output'), 'utf8'), 'exit-code=1\nreport=draintrace-gate/report.html\n');
    assert.equal(readFileSync(join(ran.folder, 'summary'), 'utf8'), body);
    assert.match(ran.stdout, /^::error title=draintrace draining_target::8 failures, 0 allowed/m);
    // The token is in one header, in nothing that is printed or written, and not in the environment of draintrace.
    assert.ok(forge.asked.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`));
    assert.ok(!`${ran.stdout}${ran.stderr}${body}`.includes(TOKEN));
    assert.ok(!readFileSync(join(BIN, 'env'), 'utf8').includes(TOKEN));
    assert.match(readFileSync(join(BIN, 'npm-asked'), 'utf8'), /^install --global .* draintrace@\d+\.\d+\.\d+$/m);
  }));

test('the next run updates its comment, on whatever page it is, and leaves comments of others', () =>
  withForge(async (forge, api) => {
    for (let id = 1; id <= 130; id += 1) forge.comments.push({ id, body: `talk ${id}` });
    forge.comments[119] = { id: 120, body: '<!-- draintrace gate: rollout -->\nold' };
    forge.comments[129] = { id: 130, body: '<!-- draintrace gate: rollout -->\nforged', foreign: true };
    const ran = await runAction({ ...broken, max: 'draining_target=8,killed_in_flight=2' }, api);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(forge.comments.length, 130);
    assert.match(forge.comments[119]!.body, /### ✅ draintrace, rollout: passed/);
    assert.match(forge.comments[129]!.body, /forged$/);
    assert.match(ran.stderr, /^comment updated$/m);
    // Another gate has a comment of its own.
    await runAction({ ...broken, name: 'canary' }, api);
    assert.equal(forge.comments.length, 131);
    assert.match(forge.comments[130]!.body, /^<!-- draintrace gate: canary -->/);
  }));

test('a window that ends with its rollouts is the one that is judged, commented and reported', () =>
  withForge(async (forge, api) => {
    const ran = await runAction(
      { ...broken, from: '2026-03-10T18:00:00Z', to: 'rollout', max: 'draining_target=9' },
      api,
    );
    assert.equal(ran.code, 0, ran.stderr);
    const [comment] = forge.comments;
    assert.match(comment!.body, /^2026-03-10T18:00:00Z to 2026-03-10T18:36:20Z$/m);
    assert.match(comment!.body, /^\*\*\d+ of \d+ requests failed .* from 2026-03-10 18:/m);
  }));

test('a comment that cannot be written changes no exit code; a busy forge is asked again', () =>
  withForge(async (forge, api) => {
    forge.failures.push(403);
    const refused = await runAction(broken, api);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^no comment: GET \/repos\/shop\/catalog\/issues\/7\/comments was answered 403$/m);
    forge.failures.push(502);
    const busy = await runAction(broken, api);
    assert.match(busy.stderr, /^comment added$/m);
    const alone = await runAction(broken, api, {}, { push: true });
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /^no comment: this run is of no pull request$/m);
    const absent = await runAction(broken, 'http://127.0.0.1:1');
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /^no comment: /m);
  }));

test('a dry run waits for nothing, sends nothing, and prints the comment', () =>
  withForge(async (forge, api) => {
    const started = Date.now();
    const ran = await runAction(
      { ...broken, settle: '600', 'dry-run': 'true', to: new Date(started).toISOString() },
      api,
    );
    assert.ok(Date.now() - started < 120_000);
    assert.deepEqual(forge.asked, []);
    assert.match(ran.stdout, /^dry run: this comment is not sent\n<!-- draintrace gate: rollout -->\n###/m);
  }));

test('exit codes are those of draintrace, and settings that are wrong are 2', () =>
  withForge(async (forge, api) => {
    const codes: [Variables, number, RegExp][] = [
      [{ ...broken, max: 'draining=0' }, 2, /--max draining is not known/],
      // Before the wait of ten hours.
      [{ ...broken, load: '', to: 'now', settle: '600', max: 'draining=0' }, 2, /--max draining is not known/],
      [{ ...broken, load: '/no/such/place' }, 3, /no\/such\/place/],
      [{ ...broken, from: 'yesterday' }, 2, /GATE_FROM=yesterday is no time: write it as/],
      [{ ...broken, from: WINDOW.to, to: WINDOW.from }, 2, /is not before GATE_TO/],
      [{ ...broken, settle: 'soon' }, 2, /GATE_SETTLE=soon is no number/],
      [{ ...broken, comment: 'yes' }, 2, /GATE_COMMENT=yes is neither true nor false/],
      [{ ...broken, load: '--write' }, 2, /--write looks like a flag/],
      [
        { ...broken, load: '', to: 'rollout' },
        2,
        /GATE_TO=rollout follows the evidence: name it and the logs in GATE_LOAD/,
      ],
    ];
    for (const [inputs, code, message] of codes) {
      const ran = await runAction(inputs, api);
      assert.equal(ran.code, code, `${JSON.stringify(inputs)}\n${ran.stderr}`);
      assert.match(ran.stderr, message);
    }
    // Nothing was loaded, so the comment says why there is no judgement.
    const last = forge.comments.at(-1)!.body;
    assert.match(last, /### ❌ draintrace, rollout: no source could be read/);
    assert.match(last, /The window could not be judged: .*no\/such\/place/);
  }));

test('text of logs and settings is text: no command of the shell or of GitHub, no mention, link or HTML', () =>
  withForge(async (forge, api) => {
    const log = filesOf('samples/recorded-incident/AWSLogs', '.gz')[0]!;
    const line = gunzipSync(readFileSync(join(ROOT, log))).toString();
    const evil = '<img src=x>@everyone[x](https://evil.example)';
    const folder = freshFolder();
    writeFileSync(join(folder, 'evil.log'), line.replace(/Root=[\w-]+/g, evil));
    assert.ok(readFileSync(join(folder, 'evil.log'), 'utf8').includes(evil));
    const name = '$(touch pwned)`touch pwned`" ::error::x <b>--></b> @team #12 !3 GH-4 %5 $6 &7 ~bug';
    const day = { from: '2023-01-07T00:00:00Z', to: '2023-01-08T00:00:00Z' };
    const ran = await runAction(
      { ...broken, ...day, load: folder, max: 'connect_timeout=0', name, 'allow-missing': 'true' },
      api,
    );
    assert.equal(ran.code, 1, ran.stderr);
    assert.ok(!existsSync(join(ran.folder, 'pwned')));
    const { body } = forge.comments[0]!;
    assert.match(body, /connect\\_timeout/);
    assert.match(body, /&lt;img src=x&gt;@&#8203;everyone\\\[x\\\]\(?/);
    assert.doesNotMatch(body, /<img|<b>|@everyone|@team|\]\(https:\/\/evil/);
    // References would leave a note at each pull request that they name.
    const blank = '&#8203;';
    const split = ['\\#|12', '\\!|3', 'GH\\-|4', '%|5', '\\$|6', '&amp;|7', '\\~|bug'];
    assert.ok(body.includes(split.map((one) => one.replace('|', blank)).join(' ')), body);
    // The marker ends where it should.
    assert.match(body, /^<!-- draintrace gate: [\w./-]+ -->\n/);
    // All that draintrace prints stands between the two lines that switch commands off.
    const [, token] = /^::stop-commands::(\S+)\n/.exec(ran.stdout)!;
    const after = ran.stdout.slice(ran.stdout.indexOf(`\n::${token}::\n`));
    assert.deepEqual(
      after.match(/^::.*$/gm)!.map((one) => one.slice(0, 24)),
      [`::${token}`.slice(0, 24), '::error title=draintrace'],
    );
  }));

test('without `load` the window is gathered by `draintrace incident`, whose failure is the exit code', () =>
  withForge(async (forge, api) => {
    const ran = await runAction({ ...broken, load: '', lb: 'shop-public', region: 'eu-central-1' }, api, {
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    assert.match(
      ran.stderr,
      /^\$ draintrace incident --from 2026-03-10T13:55:00\.000Z .* --lb shop-public --region eu-central-1 --out draintrace-gate\/evidence --yes/m,
    );
    assert.equal(ran.code, 3, ran.stderr);
    assert.match(forge.comments[0]!.body, /The window could not be judged: .*nothing could be gathered/);
  }));

test('the template of GitLab runs the same script, and its note is updated too', () =>
  withForge(async (forge, api) => {
    const { variables, script, artifacts } = template['.draintrace'];
    // The package, where npm would install it.
    const package_ = join(BIN, 'root/draintrace/deploy');
    mkdirSync(package_, { recursive: true });
    symlinkSync(join(ROOT, 'deploy/pipeline'), join(package_, 'pipeline'));
    const folder = freshFolder();
    const runner = {
      GITLAB_CI: 'true',
      CI_API_V4_URL: api,
      CI_PROJECT_ID: '42',
      CI_MERGE_REQUEST_IID: '7',
      CI_JOB_URL: 'https://gitlab.example/shop/-/jobs/5',
      GITLAB_TOKEN: TOKEN,
      ...variables,
      GATE_FROM: WINDOW.from,
      GATE_TO: WINDOW.to,
      GATE_LOAD: DAY,
      GATE_SETTLE: '0',
    };
    for (const expected of [1, 1]) {
      const ran = await runShell(script.join('\n'), runner, folder, BIN);
      assert.equal(ran.code, expected, ran.stderr);
    }
    assert.equal(forge.comments.length, 1);
    assert.match(
      forge.comments[0]!.body,
      /\[report\]\(https:\/\/gitlab\.example\/shop\/-\/jobs\/5\/artifacts\/file\/draintrace-gate\/report\.html\)/,
    );
    assert.ok(forge.asked.every(({ headers }) => headers['private-token'] === TOKEN));
    for (const file of [...artifacts.paths, artifacts.reports.junit]) assert.ok(existsSync(join(folder, file)), file);
  }));
