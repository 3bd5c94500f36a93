/** Tests `draintrace incident` end to end: the answer is that of loading the same evidence by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { check, cli, expectStatus, startCli } from '../cli.ts';
import { draintrace, freshFolder } from '../command/world.ts';
import { until } from '../watch/capture.ts';
import { IncidentWorld } from './incident-world.ts';
import { filesBelow, textBelow } from './simulated.ts';

const world = new IncidentWorld(join(freshFolder(), 'simulated'));
before(() => world.start());
after(() => world.stop());

const WINDOW = ['--from', '2026-04-14T09:00:00Z', '--to', '2026-04-14T09:08:00Z'];

test('what is gathered is loaded, judged and answered as the same evidence loaded by hand', async () => {
  const folder = freshFolder();
  const out = join(folder, 'incident');
  const db = join(folder, 'gathered.duckdb');
  const kubeconfig = world.cluster.kubeconfig(folder);
  const words = ['--lb', 'k8s-shop', ...WINDOW, '--out', out, '--db', db, '--kubeconfig', kubeconfig];
  const run = await world.incident(words, true);
  assert.equal(run.code, 0, `${run.stdout}\n${run.stderr}`);
  assert.match(run.stdout, /^223 of [\d,]+ requests failed/m);
  assert.match(run.stdout, /^why: 223 × draining_target of shop\b/m);
  assert.match(run.stdout, /^not there to be had:$/m);
  assert.match(
    run.stdout,
    /connection logs of k8s-shop: not written to S3\n {4}next: aws elbv2 modify-load-balancer-attributes/,
  );
  assert.ok(readFileSync(join(out, 'report.html'), 'utf8').includes('draining_target'));

  const hand = join(folder, 'hand.duckdb');
  const loaded = await draintrace(['load', ...world.byHand(), '--db', hand], { built: true });
  assert.equal(loaded.code, 0, loaded.stderr);
  const traced = async (path: string) => {
    const { code, stdout, stderr } = await draintrace(['trace', '--db', path, '--format', 'json'], { built: true });
    assert.equal(code, 0, stderr);
    // Where evidence and lines are stored differs, and so does the order of rows of one time.
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    return rows
      .map(({ evidence: _e, object_id: _o, line: _l, ...row }) => row)
      .sort((a, b) => (String(a.trace_id) < String(b.trace_id) ? -1 : 1));
  };
  const [gathered, byHand] = [await traced(db), await traced(hand)];
  assert.equal(gathered.length, 223);
  assert.deepEqual(gathered, byHand);

  const settings = async (path: string) => {
    const sql = "select distinct subject, key, value from setting where subject like '%/shop/%' order by all";
    const { stdout } = await draintrace(['sql', sql, '--db', path, '--format', 'json'], { built: true });
    return JSON.parse(stdout) as unknown[];
  };
  assert.ok((await settings(db)).length > 10);
  assert.deepEqual(await settings(db), await settings(hand));

  // The folder suffices offline.
  const again = join(folder, 'again.duckdb');
  const offline = await draintrace(['load', out, '--db', again], { built: true });
  assert.equal(offline.code, 0, offline.stderr);
  assert.match(offline.stderr, /1 × list of what draintrace incident gathered/);
  assert.deepEqual(await traced(again), byHand);

  // No secret and no log of another load balancer is in it.
  const texts = filesBelow(out).map((file) => textBelow(out, file).toString());
  assert.ok(texts.every((text) => !text.includes('hunter2')));
  assert.ok(filesBelow(out).every((file) => !file.includes('app.other.')));
});

test('Ctrl-C keeps the finished steps, and the next run goes on from there', async () => {
  const folder = freshFolder();
  const out = join(folder, 'incident');
  const options = { env: world.env, cwd: folder };
  const words = ['incident', '--out', out, '--db', join(folder, 'it.duckdb')];
  world.aws.refusals.push({ call: 'cloudtrail:DescribeTrails', times: 999, status: 400, code: 'ThrottlingException' });
  const { child, done } = startCli([...words, '--lb', 'k8s-shop', ...WINDOW], options);
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await until(() => stderr.includes('health-check-logs: '), 'the logs', 30_000);
  await until(() => world.aws.count('cloudtrail:DescribeTrails') > 0, 'a call that waits', 30_000);
  child.kill('SIGINT');
  const stopped = expectStatus(await done, 130);
  assert.match(stopped.stderr, /^draintrace: interrupted$/m);
  assert.deepEqual(
    Object.keys((JSON.parse(readFileSync(join(out, 'gathered.json'), 'utf8')) as { steps: object }).steps),
    ['balancer', 'access-logs', 'connection-logs', 'health-check-logs', 'delivered-logs'],
  );

  world.aws.refusals.length = 0;
  const fetched = world.s3.arrived.length;
  const second = await cli(words, options);
  check(second, ({ status, stdout, stderr: said }) => {
    // The kubeconfig of this run is nobody's.
    assert.equal(status, 4);
    assert.match(said, /^access-logs: kept: 6 objects of access log$/m);
    assert.match(stdout, /^223 of [\d,]+ requests failed/m);
  });
  assert.equal(world.s3.arrived.length, fetched);
});
