/** The metrics of a run that has none of its own, for a Pushgateway. Pure. */
import { SECOND_MS } from '../time/time.ts';
import { bounded, OUTCOMES, type RunMessage } from './message.ts';
import { Gauges } from './open-metrics.ts';

/** Returns OpenMetrics text; `sentAt` is ISO 8601. */
export function messageMetrics(message: RunMessage, sentAt: string): string {
  const { command, outcome, requests, failures, causes, limits } = bounded(message);
  return new Gauges('draintrace_run')
    .add(
      'outcome',
      'Outcome of the last run: 1 for the one it had.',
      OUTCOMES.map((one) => [{ command, outcome: one }, one === outcome ? 1 : 0] as const),
    )
    .add('requests', 'Requests of the window.', [[{ command }, requests]])
    .add('failures', 'Failures of the window, made by the balancer.', [[{ command }, failures]])
    .add(
      'failures_by_cause',
      'Failures of the window by cause.',
      causes.map(({ cause, failures: n }) => [{ command, cause }, n] as const),
    )
    .add('limits_broken', 'Limits that the window breaks.', [[{ command }, limits.length]])
    .add('finished_timestamp_seconds', 'When the run was finished.', [
      [{ command }, Math.floor(Date.parse(sentAt) / SECOND_MS)],
    ])
    .toString();
}
