import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type LogName, parseKey, type Selection, skipReason } from '../../src/source/key.ts';
import { EVERYTHING, logKey, micros } from '../s3/ask.ts';

const KEY =
  'logs/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/11/24/111122223333_elasticloadbalancing_eu-west-1_app.my-lb.1234567890abcdef_20261124T1005Z_10.0.0.7_5jqzs3ki.log.gz';

test('a key is taken apart', () => {
  assert.deepEqual(parseKey(KEY), {
    kind: 'alb_access_log',
    account: '111122223333',
    region: 'eu-west-1',
    loadBalancer: 'my-lb',
    loadBalancerId: '1234567890abcdef',
    endTime: micros('2026-11-24T10:05:00Z'),
    nodeIp: '10.0.0.7',
    random: '5jqzs3ki',
  });
});

test('each kind of key is told apart', () => {
  const name = KEY.slice(KEY.lastIndexOf('/') + 1);
  const kinds: Record<string, string> = {
    [name]: 'alb_access_log',
    [name.replace('.gz', '')]: 'alb_access_log',
    [name.replace('10.0.0.7', '2a05:d018::1')]: 'alb_access_log',
    [`conn_log_${name}`]: 'alb_connection_log',
    [`health_check_log_${name}`]: 'alb_health_check_log',
    '111122223333_elasticloadbalancing_us-east-2_net.my-nlb.0123456789abcdef_20261124T1005Z_abcd1234.log.gz': 'nlb_log',
    '111122223333_elasticloadbalancing_us-east-2_my-classic_20261124T1005Z_172.160.0.1_20sg8hgm.log': 'classic_elb_log',
    ELBAccessLogTestFile: 'alb_test_file',
    'pods.json': 'other',
    [name.replace('20261124T1005Z', '20261324T1005Z')]: 'other',
    [`${name}.tmp`]: 'other',
  };
  for (const [key, kind] of Object.entries(kinds)) assert.equal(parseKey(`a/b/${key}`).kind, kind, key);
});

test('what is not asked for is left out, with its reason', () => {
  const reason = (key: string, selection = {}) => skipReason(key, { ...EVERYTHING, ...selection });
  assert.equal(reason(KEY), null);
  assert.equal(
    reason(logKey('', '2026-11-24T10:05', { kind: 'conn_log_' }), { loadBalancers: ['x'] }),
    'other load balancer',
  );
  assert.equal(reason(logKey('', '2026-11-24T10:05', { lb: 'net.x.0123456789abcdef' })), 'NLB log');
  assert.equal(reason(logKey('', '2026-11-24T10:05', { lb: 'classic' })), 'Classic Load Balancer log');
  assert.equal(reason('AWSLogs/111122223333/ELBAccessLogTestFile'), 'test file');
  assert.equal(reason('AWSLogs/111122223333/elasticloadbalancing/x.txt'), 'not an ALB log');
  assert.equal(reason('AWSLogs/'), 'folder marker');
  assert.equal(reason(KEY, { accounts: ['999999999999'] }), 'other account');
  assert.equal(reason(KEY, { regions: ['eu-west-2'] }), 'other region');
  assert.equal(reason(KEY, { loadBalancers: ['my-lb2', 'lb'] }), 'other load balancer');
});

test('connection and health check logs are read too, unless only another kind is asked for', () => {
  const keys = ['', 'conn_log_', 'health_check_log_'].map((kind) => logKey('', '2026-11-24T10:05', { kind }));
  const reasons = (logs: LogName[]) => keys.map((key) => skipReason(key, { ...EVERYTHING, logs }));
  assert.deepEqual(reasons([]), [null, null, null]);
  assert.deepEqual(reasons(['access']), [null, 'connection log', 'health check log']);
  assert.deepEqual(reasons(['connection', 'health']), ['access log', null, null]);
  assert.equal(skipReason('pods.json', { ...EVERYTHING, logs: ['access'] }), null);
});

test('what CloudWatch delivers into the folders of logs is read, whatever its name', () => {
  const folder = 'AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/09/10/';
  for (const name of ['a1b2.log.gz', 'a1b2.json.gz', 'a1b2.parquet'])
    assert.equal(skipReason(folder + name, EVERYTHING), null);
  const hive = 'AWSLogs/aws-account-id=111122223333/elasticloadbalancing/region=us-east-1/year=2026/month=09/day=10/';
  assert.equal(skipReason(`${hive}a1b2.log.gz`, EVERYTHING), null);
  assert.equal(skipReason(`${folder}index.html`, EVERYTHING), 'not an ALB log');
  assert.equal(skipReason('AWSLogs/111122223333/x/2026/09/10/a.log', EVERYTHING), 'not an ALB log');
});

test('a file of a trail is picked by account, region and the hour before its delivery', () => {
  const trail = (time: string) =>
    `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T${time}Z_AbCd1234.json.gz`;
  assert.equal(parseKey(trail('1005')).kind, 'cloudtrail');
  const reason = (time: string, selection: Partial<Selection>) =>
    skipReason(trail(time), { ...EVERYTHING, ...selection });
  assert.equal(reason('1005', { loadBalancers: ['x'], logs: ['access'] }), null);
  assert.equal(reason('1005', { accounts: ['999999999999'] }), 'other account');
  assert.equal(reason('1005', { regions: ['eu-west-2'] }), 'other region');
  const window = { from: micros('2026-11-24T10:00:00Z'), to: micros('2026-11-24T10:10:00Z') };
  const kept = ['0955', '1000', '1010', '1110', '1115'].map((time) => reason(time, { window }) === null);
  assert.deepEqual(kept, [false, true, true, true, false]);
  const digest = trail('1005').replace('_CloudTrail_', '_CloudTrail-Digest_');
  assert.equal(skipReason(digest, EVERYTHING), 'not an ALB log');
});

test('outside an AWSLogs tree only logs that are not asked for are left out', () => {
  const name = KEY.slice(KEY.lastIndexOf('/'));
  const selection = { ...EVERYTHING, loadBalancers: ['another'] };
  assert.equal(skipReason(`copy${name}`, selection), 'other load balancer');
  assert.equal(skipReason(`copy/conn_log_${name.slice(1)}`, selection), 'other load balancer');
  for (const key of ['pods.json', 'copy/ELBAccessLogTestFile', 'MyAWSLogs/x']) {
    assert.equal(skipReason(key, selection), null, key);
  }
});

test('a load balancer may be asked for by any of its names', () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/my-lb/1234567890abcdef';
  const reason = (asked: string) => skipReason(KEY, { ...EVERYTHING, loadBalancers: [asked] });
  for (const asked of ['my-lb', 'app/my-lb/1234567890abcdef', 'app.my-lb.1234567890abcdef', '1234567890abcdef', arn]) {
    assert.equal(reason(asked), null, asked);
  }
  for (const asked of ['my-*', '*', '*lb', 'm*-*b', 'app/my-lb/*', '123*']) assert.equal(reason(asked), null, asked);
  for (const asked of ['y-*', '*l', 'my-lb-*', 'm.-lb*', '(*', 'my*[lb]']) {
    assert.equal(reason(asked), 'other load balancer', asked);
  }
});

test('an object is kept when its five minutes touch the window, with a minute of slack', () => {
  const window = { from: micros('2026-11-24T10:00:00Z'), to: micros('2026-11-24T10:10:00Z') };
  const kept = (end: string) => skipReason(logKey('', `2026-11-24T${end}`), { ...EVERYTHING, window }) === null;
  assert.deepEqual(['09:55', '09:59', '10:00', '10:05', '10:10', '10:15', '10:16', '10:20'].map(kept), [
    false,
    true,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
});

test('a name with the beginning of a log and another end is left out with the logs of that beginning', () => {
  const folder = 'AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/11/24/';
  const odd = (lb: string, end: string) => `${folder}111122223333_elasticloadbalancing_eu-west-1_${lb}_20261124T${end}`;
  const window = { from: micros('2026-11-24T10:00:00Z'), to: micros('2026-11-24T10:10:00Z') };
  const reason = (key: string) => skipReason(key, { ...EVERYTHING, window, loadBalancers: ['web'] });
  assert.equal(reason(odd('app.web.1', '1005Z.json')), null);
  assert.equal(reason(odd('app.web.1', '1005Z_x.log.gz.parquet')), null);
  assert.equal(reason(odd('app.web.1', '0905Z.json')), 'outside the window');
  assert.equal(reason(odd('app.api.1', '1005Z.json')), 'other load balancer');
  assert.equal(reason(odd('net.web.1', '1005Z.json')), 'NLB log');
  assert.equal(reason(`${folder}111122223333_other.json`), null);
});

test('a pattern with several stars takes what its regular expression would, in linear time', () => {
  const named = (name: string) => KEY.replace('my-lb', name);
  const taken = (pattern: string, name: string) =>
    skipReason(named(name), { ...EVERYTHING, loadBalancers: [pattern] }) === null;
  const text = (characters: readonly string[]) =>
    fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 9 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text(['a', 'a', 'b', '*']), text(['a', 'b', '-']), (pattern, name) => {
      const names = [name, '1234567890abcdef', `${name}.1234567890abcdef`];
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      assert.equal(
        taken(pattern, name),
        names.some((one) => expression.test(one)),
      );
    }),
    { numRuns: 3000 },
  );
  const start = performance.now();
  for (let i = 0; i < 100; i++) assert.equal(taken('*a*a*a*a*b*x', 'a'.repeat(900)), false);
  assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
});
