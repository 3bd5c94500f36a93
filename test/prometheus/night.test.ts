/** Prometheus' own checker reads the metrics of a night. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { judgeNight, nightMetrics } from '../../src/report/night.ts';

test('promtool takes the metrics of a night, whatever a cause is called', () => {
  const day = {
    day: '2026-03-10',
    requests: 1000,
    failures: 10,
    causes: { draining_target: 9, 'a"b\\c\nd': 1 },
    late_p99_seconds: 12.5,
    late_max_seconds: null,
    workloads: [],
  };
  const text = nightMetrics(judgeNight(day, [], { failures: 1 }), 1_773_198_000);
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(checked.error, undefined, 'promtool is not on this machine (Debian: apt-get install prometheus)');
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
