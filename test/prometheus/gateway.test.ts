/** Tests `--notify openmetrics:` with a real Pushgateway: its metrics are those of the run, and a later run replaces them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sendMessage } from '../../src/notify/send.ts';
import { parseTarget } from '../../src/notify/target.ts';
import { emptyMessage, type RunMessage } from '../../src/report/message.ts';
import { judgeNight, nightMetrics } from '../../src/report/night.ts';
import { PATIENCE } from '../../src/source/retry.ts';
import { freePort } from './server.ts';

test('a Pushgateway takes the metrics of a night and of a check, and forgets those of the run before', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const gateway = spawn('prometheus-pushgateway', [`--web.listen-address=${address}`], { stdio: 'ignore' });
  const missing = new Promise<never>((_, fail) => {
    gateway.once('error', () =>
      fail(new Error('no prometheus-pushgateway here (Debian: apt-get install prometheus-pushgateway)')),
    );
  });
  try {
    const ready = async (): Promise<void> => {
      while (!(await fetch(`http://${address}/-/ready`).catch(() => null))?.ok) await delay(100);
    };
    await Promise.race([ready(), missing]);
    const target = parseTarget(`openmetrics:http://${address}/metrics/job/draintrace`, { env: {}, read: () => '' });
    const send = (message: RunMessage, metrics: string | null): Promise<void> => {
      const sending = { env: {}, profile: null, patience: PATIENCE, sentAt: '2026-03-11T01:30:07Z', metrics };
      return sendMessage(target, message, sending, new AbortController().signal);
    };
    const shown = async (): Promise<string> => (await fetch(`http://${address}/metrics`)).text();
    const message: RunMessage = { ...emptyMessage('check', 'x'), outcome: 'limit_broken', failures: 3 };
    const day = {
      ...{ day: '2026-03-10', requests: 1000, failures: 10, causes: { 'a"b\\c\nd': 9 } },
      ...{ late_p99_seconds: 12.5, late_max_seconds: null, workloads: [] },
    };
    await send(message, nightMetrics(judgeNight(day, [], { failures: 1 }), 1_773_198_000));
    assert.match(await shown(), /^draintrace_night_failures\{instance="",job="draintrace"\} 10$/m);
    await send(message, null);
    const after = await shown();
    assert.match(after, /^draintrace_run_failures\{command="check",instance="",job="draintrace"\} 3$/m);
    assert.doesNotMatch(after, /draintrace_night_/);
  } finally {
    gateway.kill('SIGKILL');
  }
});
