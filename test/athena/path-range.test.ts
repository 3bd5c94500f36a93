/** Tests that path ranges have the objects that a load takes of these load balancers, in each day folder, and no other. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dayFolder, readLocation, tableFolder } from '../../src/athena/location.ts';
import { isInRanges, narrowTo, pathRanges, placeCondition } from '../../src/athena/path-range.ts';
import { skipReason } from '../../src/source/key.ts';
import { DAY, dayNumber, fromMillis } from '../../src/time/time.ts';
import { EVERYTHING, logKey, micros } from '../s3/ask.ts';

const LOCATION = readLocation({
  ...{ bucket: 'logs', prefix: 'prod' },
  ...{ accounts: ['111122223333'], regions: ['eu-west-1'] },
});
const WINDOW = { from: micros('2026-03-10T23:30:00Z'), to: micros('2026-03-11T00:20:00Z') };
const LBS = ['web', 'web-2', 'we', 'web.', 'webx', 'Web'].map(
  (name) => `app.${name.replace('.', '')}.0123456789abcdef`,
);

test('ranges of an ARN are what a load selects; those of a name are all its objects of the days', () => {
  const keys: string[] = [];
  for (let minute = -60; minute <= 120; minute += 5) {
    const end = new Date(WINDOW.from / fromMillis(1) + minute * 60_000).toISOString();
    for (const lb of [...LBS, 'app.web.ffffffffffffffff', 'net.web.0123456789abcdef']) {
      for (const delivered of [end.slice(0, 10), '2026-03-12', '2026-03-13']) {
        for (const kind of lb.startsWith('app') ? ['', 'conn_log_'] : [''])
          keys.push(logKey('prod/', end, { lb, delivered, kind }));
      }
    }
  }
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123456789abcdef';
  const folders = [10, 11, 12].map((day) => `${tableFolder(LOCATION)}2026/03/${day}/`);
  const inDays = keys
    .map((key) => `s3://logs/${key}`)
    .filter((uri) => folders.some((folder) => uri.startsWith(folder)));
  for (const [lb, window] of [
    [arn, WINDOW],
    ['app/web/0123456789abcdef', WINDOW],
    ['web', null],
  ] as const) {
    const ranges = pathRanges('alb_log', [lb], LOCATION, WINDOW);
    const selection = { ...EVERYTHING, window, loadBalancers: [lb], logs: ['access' as const] };
    const selected = inDays.filter((uri) => skipReason(uri, selection) === null);
    assert.ok(selected.length > 10);
    assert.deepEqual(
      inDays.filter((uri) => isInRanges(uri, ranges)),
      selected,
      lb,
    );
  }
  const connections = pathRanges('connection_log', [arn, 'we'], LOCATION, WINDOW);
  assert.ok(inDays.filter((uri) => isInRanges(uri, connections)).every((uri) => uri.includes('/conn_log_')));
  assert.equal(connections.length, 2 * 3);
  assert.equal(dayFolder(dayNumber(WINDOW.to + DAY)), '2026/03/12');
});

test('of a table that places share, an ARN leaves its own place, and a name all that are asked', () => {
  const shared = readLocation({
    ...{ bucket: 'logs', prefix: 'prod' },
    ...{ accounts: ['444455556666', '111122223333'], regions: ['eu-west-1', 'eu-central-1'] },
  });
  const arn = (account: string, region: string) =>
    `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/app/web/0123456789abcdef`;
  const here = narrowTo(shared, [arn('444455556666', 'eu-west-1')]);
  assert.deepEqual([here.accounts, here.regions], [['444455556666'], ['eu-west-1']]);
  assert.match(
    placeCondition('alb_log', here, WINDOW)!,
    /^account in \('444455556666'\) and region in \('eu-west-1'\) and \(\("\$path" >= 's3:\/\/logs\/prod\/AWSLogs\/444455556666\//,
  );
  const both = narrowTo(shared, [arn('444455556666', 'eu-west-1'), arn('111122223333', 'eu-central-1')]);
  assert.deepEqual([both.accounts, both.regions], [shared.accounts, shared.regions]);
  // Days of two places, not of four.
  assert.equal(pathRanges('alb_log', both.loadBalancers!, both, WINDOW).length, 3 * 2);
  assert.equal(pathRanges('alb_log', ['web'], shared, WINDOW).length, 3 * 4);
  assert.equal(narrowTo(shared, ['web', arn('444455556666', 'eu-west-1')]).accounts.length, 2);
  for (const location of [shared, LOCATION]) {
    assert.throws(
      () => narrowTo(location, [arn('999900001111', 'eu-west-1')]),
      /has its logs at account 999900001111 and region eu-west-1/,
    );
  }
  // Without a window only places are named.
  assert.equal(
    placeCondition('alb_log', narrowTo(shared, ['web']), { from: null, to: null }),
    "account in ('111122223333', '444455556666') and region in ('eu-central-1', 'eu-west-1')",
  );
  assert.equal(placeCondition('alb_log', LOCATION, { from: null, to: null }), null);
});
