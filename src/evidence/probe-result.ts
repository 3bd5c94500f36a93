/** Reads the requests that `draintrace probe` wrote: `{"probe": {...}}`, one a line. */
import type { ProbeFact, Reading } from './fact.ts';
import { splitJson } from './json-stream.ts';
import { asInteger, asObject, asText } from './json-value.ts';
import { parseTime } from './moment.ts';
import { redactedUrl } from './redact.ts';
import { quote, reject } from './rejection.ts';

/** Returns one fact for each request; other records are rejected. */
export function readProbeResult(text: string): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  for (const piece of splitJson(text)) {
    const fact = piece.error ?? readOne(asObject(asObject(piece.value)?.probe), piece.line);
    if (typeof fact === 'string') {
      reading.rejected.push(reject(piece.line, fact, piece.text));
      continue;
    }
    reading.facts.push(fact);
    reading.records++;
  }
  return reading;
}

function readOne(probe: Record<string, unknown> | null, line: number): ProbeFact | string {
  if (!probe) return 'not_a_probe_result';
  const started = parseTime(asText(probe.startedAt) ?? '', 0);
  const ended = parseTime(asText(probe.endedAt) ?? '', 0);
  if (!started) return `bad_time: startedAt: ${quote(probe.startedAt)}`;
  if (!ended || ended.latest < started.earliest) return `bad_time: endedAt: ${quote(probe.endedAt)}`;
  const traceId = asText(probe.traceId);
  if (traceId === null) return 'missing_trace_id: traceId';
  const url = asText(probe.url);
  return {
    kind: 'probe_result',
    line,
    earliest: started.earliest,
    latest: ended.latest,
    trace_id: traceId,
    // Files of older versions have it as it was typed.
    url: url === null ? null : redactedUrl(url),
    connection: asText(probe.connection),
    status: asInteger(probe.status),
    error: asText(probe.error),
  };
}
