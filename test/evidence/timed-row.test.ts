/** Tests tables of pods that a watch printed: rows with a time before each, with events, and shifted by a long status. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadingContext } from '../../src/evidence/fact.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { recognise } from '../../src/evidence/recognise.ts';
import { formatTime } from '../../src/time/time.ts';

const CONTEXT = { capturedAt: Date.UTC(2026, 2, 1, 11) * 1000, modifiedAt: null, timezoneMinutes: 60, name: 'x' };

/** Facts and reasons of rejection, with the seconds of each time. */
function read(text: string, context: ReadingContext = CONTEXT): string[] {
  const { kind, isWrapped } = recognise(text, 'x');
  assert.deepEqual([kind, isWrapped], ['kubectl_pods_table', false]);
  const { facts, rejected } = readEvidence('kubectl_pods_table', text, context);
  const second = (time: number | null) => (time === null ? '' : formatTime(time).slice(11, 19));
  return [
    ...facts.map((fact) =>
      fact.kind === 'pod' ? `${fact.event} ${second(fact.earliest)} ${second(fact.latest)}` : fact.kind,
    ),
    ...rejected.map(({ line, reason }) => `${line} ${reason}`),
  ];
}

/** As kubectl prints a watch: the status of the second row is longer than the column. */
const HEADER = 'NAME    READY   STATUS    RESTARTS   AGE';
const RUNNING = 'web-1   1/1     Running   0          60m';
const TERMINATING = 'web-1   1/1     Terminating   0          60m';
const ENDED = 'web-1   0/1     Completed   0          60m';

test('the time before a row is the time of the row, however it is printed', () => {
  const expected = ['created 08:59:06 09:00:01', 'deleted 10:00:01 10:00:05', 'seen 10:00:01 10:00:01'];
  const stamps: [first: string, second: string][] = [
    ['2026-03-01T10:00:01Z ', '2026-03-01T10:00:05Z '],
    ['[2026-03-01 11:00:01] ', '[2026-03-01 11:00:05] '],
    ['2026-03-01 11:00:01.000000 | ', '2026-03-01 11:00:05.000000 | '],
    ['Mar 01 11:00:01 ', 'Mar 01 11:00:05 '],
    ['11:00:01 ', '11:00:05 '],
    ['[10:00:01Z]  ', '[10:00:05Z]  '],
    ['Sun Mar  1 10:00:01 UTC 2026: ', 'Sun Mar  1 10:00:05 UTC 2026: '],
    ['1772359201 ', '1772359205 '],
  ];
  for (const [first, second] of stamps) {
    const text = [`${first}${HEADER}`, `${first}${RUNNING}`, `${second}${TERMINATING}`, ''].join('\n');
    assert.deepEqual(
      read(text).map((fact) => fact.replace(/\.\d+/, '')),
      expected,
      first,
    );
  }
});

test('a clock without a date is of the last day on which it is not after the capture', () => {
  const text = `23:59:58 ${HEADER}\n23:59:58 ${RUNNING}\n00:00:03 ${TERMINATING}\n`;
  const facts = readEvidence('kubectl_pods_table', text, CONTEXT).facts.map((fact) =>
    'latest' in fact && 'event' in fact ? `${fact.event} ${formatTime(fact.latest!).slice(0, 19)}` : '',
  );
  assert.deepEqual(facts, ['created 2026-02-28T21:59:58', 'deleted 2026-02-28T23:00:03', 'seen 2026-02-28T22:59:58']);
  const unknown = { ...CONTEXT, capturedAt: null };
  assert.deepEqual(read(text, unknown)[0], '2 no_capture_time: the time has no date: give --captured-at');
});

test('a time in a zone of letters is rejected, and says so', () => {
  const stamp = 'Sun Mar  1 10:00:01 CET 2026 ';
  assert.deepEqual(read(`${stamp}${HEADER}\n${stamp}${RUNNING}\n`), [
    '2 bad_time: the zone CET is no offset: write date -u',
  ]);
});

test('events of --output-watch-events: a pod is gone when it is DELETED, and its last row shows no living pod', () => {
  const rows = [`ADDED      ${RUNNING}`, `MODIFIED   ${TERMINATING}`, `DELETED    ${ENDED}`];
  assert.deepEqual(read([`EVENT      ${HEADER}`, ...rows].join('\n')), [
    'created  10:00:00',
    'gone  11:00:00',
    'deleted  11:00:00',
  ]);
  const times = ['10:00:01Z', '10:00:05Z', '10:00:36Z'];
  const timed = rows.map((row, at) => `${times[at]} ${row}`);
  assert.deepEqual(read([`${times[0]} EVENT      ${HEADER}`, ...timed].join('\n')), [
    'created 08:59:37 09:00:01',
    'deleted 10:00:01 10:00:05',
    'gone 10:00:05 10:00:36',
    'seen 10:00:01 10:00:01',
  ]);
  // Deleted by force: its last row still says Running.
  const forced = [`10:00:01Z ${rows[0]}`, `10:00:09Z DELETED    ${RUNNING}`];
  assert.deepEqual(read([`10:00:01Z EVENT      ${HEADER}`, ...forced].join('\n')).slice(1), [
    'gone 10:00:01 10:00:09',
    'seen 10:00:01 10:00:01',
  ]);
});

test('rows that lost their header, to grep or --no-headers, are read; a pod that they lack is not gone', () => {
  const row = (name: string, status: string) =>
    `${name}   1/1     ${status}       1 (3m ago)   60m   10.0.1.11   n   <none>   1/1`;
  const date = (second: number) => `Sun Mar  1 10:00:0${second} UTC 2026`;
  const text = [date(1), row('web-1', 'Running'), row('web-2', 'Running'), date(5), row('web-2', 'Terminating'), ''];
  assert.deepEqual(
    read(text.join('\n')).filter((fact) => !/created|restarted/.test(fact)),
    ['seen 10:00:01 10:00:01', 'deleted 10:00:01 10:00:05', 'seen 10:00:01 10:00:01'],
  );
  assert.deepEqual(read(`shop   ${RUNNING}\n`), ['created 09:59:01 10:00:00', 'seen 11:00:00 11:00:00']);
  for (const other of ['web   3/3   3   3   60m', 'web-1   1/1', 'a/b   1/1     Running   0          60m'])
    assert.notEqual(recognise(`${other}\n`, 'x').kind, 'kubectl_pods_table');
});

test('a shifted row, and rows with single blanks, are read', () => {
  assert.deepEqual(read([HEADER, RUNNING, TERMINATING, ENDED].join('\n')), ['created  10:00:00', 'deleted  11:00:00']);
  const single = [HEADER, RUNNING, `${TERMINATING.replace(' 0 ', ' 1 (3m ago) ')}`].map((row) =>
    row.replace(/ +/g, ' '),
  );
  assert.deepEqual(read(single.join('\n')), ['created  10:00:00', 'deleted  11:00:00']);
  assert.deepEqual(read(`${HEADER}\nweb-1   1/1   Running   0   60m   10.0.1.11   more\n`), [
    '2 bad_pod_row: not aligned with the header',
  ]);
});
