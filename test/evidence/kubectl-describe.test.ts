/** Tests pods as `kubectl describe pod` prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 0, name: 'x' };

function read(text: string) {
  const { kind, looksLike } = recognise(text, 'x');
  assert.deepEqual([kind, looksLike], ['kubectl_pods_table', 'pod as kubectl describe prints it']);
  const { facts, rejected, notes, records } = readEvidence('kubectl_pods_table', text, CONTEXT);
  const told = facts.map((fact) => {
    assert.ok(fact.kind === 'pod');
    const { name, ip, event, latest, container, exit_code } = fact;
    const parts = [name, ip, event, formatTime(latest!).slice(11, 19), container, exit_code];
    return parts.filter((part) => part !== null).join(' ');
  });
  return { told, rejected: rejected.map(({ line, reason }) => `${line} ${reason}`), notes, records };
}

const pod = (name: string, status: string, more: string[], ip = '10.0.1.11'): string =>
  [
    `Name:                      ${name}`,
    'Namespace:                 shop',
    'Node:                      ip-10-0-1-9/10.0.1.9',
    'Start Time:                Sun, 01 Mar 2026 10:00:02 +0100',
    'Labels:                    app=web',
    `Status:                    ${status}`,
    'Termination Grace Period:  30s',
    `IP:                        ${ip}`,
    'Controlled By:  ReplicaSet/web-7c9d',
    'Containers:',
    '  web:',
    ...more,
  ].join('\n');

const ENDED = [
  '    State:          Terminated',
  '      Reason:       Error',
  '      Exit Code:    137',
  '      Started:      Sun, 01 Mar 2026 10:00:05 +0100',
  '      Finished:     Sun, 01 Mar 2026 11:00:30 +0100',
  '    Ready:          False',
  '    Restart Count:  0',
  '    Environment:',
  '      Finished:     Sun, 01 Mar 2026 12:00:00 +0100',
];

test('a pod that ends: its address, and the ends of its containers to the second, in the zone that is printed', () => {
  const events = ['Events:', '  Type    Reason   Age   From     Message', '  Normal  Killing  12s   kubelet  Stopping'];
  const { told, notes, records } = read(`${pod('web-1', 'Terminating (lasts 12s)', ENDED)}\n${events.join('\n')}\n`);
  assert.deepEqual(told, [
    'web-1 10.0.1.11 created 09:00:02',
    'web-1 10.0.1.11 started 09:00:05 web',
    'web-1 10.0.1.11 finished 10:00:30 web 137',
    'web-1 10.0.1.11 deleted 11:00:00',
  ]);
  assert.equal(records, 1);
  assert.ok(notes.some((note) => note.startsWith('Events below a pod have ages')));
});

test('a living pod: a container that was restarted, and that it was ready; pods on the host network have no address of their own', () => {
  const running = [
    '    State:          Running',
    '      Started:      Sun, 01 Mar 2026 10:30:00 +0100',
    '    Last State:     Terminated',
    '      Exit Code:    1',
    '      Finished:     Sun, 01 Mar 2026 10:29:58 +0100',
    '    Ready:          True',
    '    Restart Count:  1',
    'Conditions:',
    '  Type              Status',
    '  Ready             True ',
  ];
  const text = `${pod('web-1', 'Running', running)}\n\n\n${pod('web-2', 'Running', running, '10.0.1.9')}\n`;
  assert.deepEqual(read(text).told, [
    'web-1 10.0.1.11 created 09:00:02',
    'web-1 10.0.1.11 restarted 09:29:58 web 1',
    'web-1 10.0.1.11 seen 11:00:00',
    'web-2 created 09:00:02',
    'web-2 restarted 09:29:58 web 1',
    'web-2 seen 11:00:00',
  ]);
});

test('a pod with a broken time is rejected, and what is no pod is named', () => {
  const broken = pod('web-1', 'Running', []).replace('Sun, 01 Mar', 'Sun, 01 Foo');
  assert.deepEqual(read(broken).rejected, ['1 bad_time: Start Time: "Sun, 01 Foo 2026 10:00:02 +0100"']);
  const service =
    'Name:              web\nNamespace:         shop\nSelector:          app=web\nIP:                10.1.0.1\n';
  assert.equal(recognise(service, 'x').kind, 'unread_evidence');
});
