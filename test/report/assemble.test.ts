/** Tests how failures become incidents: what belongs together in time and by cause, and what is kept of each failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addLife, assemble } from '../../src/report/assemble.ts';
import { failureOf, pathTemplate } from '../../src/report/failure.ts';
import { incidentHtml } from '../../src/report/incident-html.ts';
import type { Row } from '../../src/report/query-row.ts';
import { rateTaker } from '../../src/report/rate.ts';
import { failureOf as madeFailure, START } from './incident.ts';

const sha256 = (text: string): string => String(text.length);

test('failures of a group more than five minutes apart are two incidents, worst first, lives and rates on their lanes', () => {
  const iso = (seconds: number) => new Date(START + seconds * 1000).toISOString();
  const target = { target_group_arn: 'arn:aws:x:targetgroup/web/1', target_ip: '10.0.0.1', target_port: 80 };
  const failed = (seconds: number, more: Row = {}) =>
    failureOf({
      ...target,
      routed_ms: START + seconds * 1000,
      failed_ms: START + (seconds + 10) * 1000,
      mechanism: 'connect_timeout',
      cause: 'draining_target',
      elb_status_code: 504,
      pod_name: 'a',
      ...more,
    });
  const lives = new Map();
  addLife(lives, {
    ...target,
    ...{ pod_name: 'a', deleted_earliest: iso(1990), deleted_latest: iso(1991), pre_stop_seconds: 5 },
  });
  const incident = assemble({
    failures: [failed(0), failed(2000), failed(2100), failed(2200, { target_ip: null, pod_name: null })],
    lives,
    rollouts: [],
    occurrences: [],
    traffic: [],
    advice: [],
    tables: [],
    keepAlive: [],
    window: { from: null, to: null },
    listed: 10,
  });
  assert.deepEqual(
    incident.episodes.map(({ failures, lanes }) => [failures, lanes.length]),
    [
      [3, 1],
      [1, 1],
    ],
  );
  const [lane] = incident.episodes[0]!.lanes;
  const take = rateTaker(incident.episodes, new Set([lane!]));
  take({ ...target, second: iso(2000), requests: 3 });
  take({ ...target, second: iso(0), requests: 1 });
  assert.deepEqual(lane!.deleted, { earliest: START + 1_990_000, latest: START + 1_991_000 });
  assert.deepEqual(lane!.rate, [{ second: START + 2_000_000, requests: 3 }]);
  assert.equal(lane!.target_group, 'web');
  assert.match(incident.headline, /^4 requests failed in 2 incidents, from 2026-03-10 14:00:00 to 14:36:50 UTC\.$/);
  assert.match(incident.cause, /^4 of 4 \(100%\) were sent to targets that were already going away/);
});

test('failures with the same words share them, and have texts of their own only once they are listed', () => {
  const row = {
    target_ip: '10.0.0.1',
    target_port: 80,
    cause: 'draining_target',
    mechanism: 'connect_timeout',
    line: 1,
  };
  const known = new Map();
  const [one, other] = [
    failureOf({ ...row, failed_ms: 1 }, known),
    failureOf({ ...row, failed_ms: 2, line: 2 }, known),
  ];
  assert.equal(one.common, other.common);
  assert.notEqual(one.common, failureOf({ ...row, cause: 'node_lost' }, known).common);
  assert.equal(one.trace_id, null);
  one.setDetail({ trace_id: 'Root=1-a', because: 'It was going.', request_line: 'GET / HTTP/1.1' });
  assert.deepEqual([one.trace_id, one.because, other.trace_id], ['Root=1-a', 'It was going.', null]);
  const json = JSON.parse(JSON.stringify(one)) as Record<string, unknown>;
  assert.deepEqual(Object.keys(json).sort(), Object.keys(madeFailure(0)).sort(), 'JSON has every field');
  assert.equal(json.target, '10.0.0.1:80');
});

test('paths have their ids folded', () => {
  const path = (url: string) => pathTemplate(`GET ${url} HTTP/1.1`);
  assert.equal(path('https://shop.example:443/cart/17?a=b'), '/cart/{id}');
  assert.equal(path('http://a:80/'), '/');
  assert.equal(path('http://a:80/x/0123456789abcdef/y/2026-03/z9'), '/x/{id}/y/{id}/z9');
  assert.equal(path('http://a:80/1/2/3/'), '/{id}/{id}/{id}/');
  assert.equal(pathTemplate('- http://a:80- -'), null);
  assert.equal(pathTemplate(null), null);
});

test('failures of several target groups at once are one incident, and the same thing at several times is told once', () => {
  const failed = (seconds: number, group: string) =>
    failureOf({
      ...{ target_group_arn: `arn:aws:x:targetgroup/${group}/1`, target_ip: '10.0.0.1', target_port: 80 },
      ...{ routed_ms: START + seconds * 1000, failed_ms: START + seconds * 1000 + 10_000 },
      ...{ mechanism: 'connect_timeout', cause: 'no_evidence', elb_status_code: 504 },
    });
  const incident = assemble({
    failures: [failed(0, 'a'), failed(0, 'b'), failed(1000, 'a'), failed(1000, 'b'), failed(2000, 'a')],
    lives: new Map(),
    ...{ rollouts: [], occurrences: [], traffic: [], advice: [], tables: [], keepAlive: [] },
    window: { from: null, to: null },
    listed: 10,
  });
  assert.match(incident.headline, /^5 requests failed in 3 incidents, /);
  assert.equal(incident.happenings.length, 3);
  const page = incidentHtml(incident, '1', sha256);
  assert.equal(
    page.match(/Fix:<\/strong>/g)!.length,
    1 + incident.happenings.length,
    'once above, and in each section',
  );
  assert.match(page, /2 failures at 2 targets[\s\S]*1 target of unknown fate, a</);
});

test('the picture reaches back to the loss of the node', () => {
  const failure = failureOf({
    ...{
      target_ip: '10.0.0.1',
      target_port: 80,
      mechanism: 'connect_timeout',
      cause: 'node_lost',
      elb_status_code: 504,
    },
    ...{ routed_ms: START, failed_ms: START + 10_000 },
  });
  const incident = assemble({
    failures: [failure],
    lives: new Map(),
    occurrences: [{ kind: 'node_lost', name: 'ip-10-0-0-1', at: START - 60_000 }],
    ...{ rollouts: [], traffic: [], advice: [], tables: [], keepAlive: [] },
    window: { from: null, to: null },
    listed: 10,
  });
  assert.ok(incident.episodes[0]!.from < START - 60_000);
  assert.match(incidentHtml(incident, '1', sha256), /<b>Nodes lost<\/b>[\s\S]*ip-10-0-0-1 lost/);
});
