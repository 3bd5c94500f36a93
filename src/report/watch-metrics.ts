/** The metrics of a watch, for node_exporter's textfile collector. Pure. */
import { type Micros, toSeconds } from '../time/time.ts';
import { Gauges } from './open-metrics.ts';

/** How far a recording has come. */
export interface Recording {
  lines: ReadonlyMap<string, number>;
  /** When the last line of each source was written. */
  lastLines: ReadonlyMap<string, Micros>;
  bytes: number;
  throttled: number;
}

/** Returns OpenMetrics text of a recording. A watch that has ended or hangs is visible in draintrace_watch_seen_timestamp_seconds. */
export function recordingMetrics({ lines, lastLines, bytes, throttled }: Recording, seenSeconds: number): string {
  const of = (each: ReadonlyMap<string, number>) => [...each].map(([source, value]) => [{ source }, value] as const);
  const last = new Map([...lastLines].map(([source, time]) => [source, toSeconds(time)]));
  return new Gauges('draintrace_watch')
    .add('lines', 'Lines of evidence written since the start, by source.', of(lines))
    .add('last_line_timestamp_seconds', 'When the last line of a source was written.', of(last))
    .add('bytes', 'Bytes of evidence written since the start, before compression.', bytes)
    .add('throttled', 'How often AWS asked to slow down since the start.', throttled)
    .add('seen_timestamp_seconds', 'When the watch was last seen at work.', seenSeconds)
    .toString();
}

/** The failures that a live watch has shown. */
export interface Showing {
  /** Failures by the cause with which they were shown last. */
  causes: ReadonlyMap<string, number>;
  /** End of the loaded logs, seconds since the epoch; null without logs. */
  logsEnd: number | null;
}

/** Returns OpenMetrics text of `watch --live`. */
export function showingMetrics({ causes, logsEnd }: Showing, seenSeconds: number): string {
  return new Gauges('draintrace_live')
    .add(
      'failures_by_cause',
      'Failures of the last minutes (--last) by cause.',
      [...causes].map(([cause, failures]) => [{ cause }, failures] as const),
    )
    .add('logs_end_timestamp_seconds', 'Time of the last request whose log is here.', logsEnd)
    .add('seen_timestamp_seconds', 'When the watch last looked for logs.', seenSeconds)
    .toString();
}
