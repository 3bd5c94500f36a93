/** Prints wrong verdicts for programs: one JSON a line, short enough for people too. */
import type { Incident } from './grid.ts';
import type { Wrong } from './score.ts';

/** Returns the line of one wrong verdict. */
export function wrongLine(set: string, { fault, truth, said }: Wrong, incident: Incident): string {
  const { mechanism, cause, also, told, pattern, pod, target } = truth;
  return `${JSON.stringify({
    set,
    fault,
    incident: incident.id,
    kind: incident.kind,
    trace_id: truth.trace_id,
    truth: {
      mechanism,
      cause,
      also,
      told,
      pattern,
      target,
      pod: truth.target_name ?? pod,
      is_shared: truth.is_shared,
      routed: truth.request_creation_time,
      failed: truth.time,
      deleted: truth.deleted,
      deregistered: truth.deregistered,
      finished: truth.finished,
      ready: truth.ready,
    },
    said: said && {
      mechanism: said.mechanism,
      cause: said.cause,
      rule: said.rule,
      confidence: said.confidence,
      other_cause: said.other_cause,
      told: said.told,
      pattern: said.pattern,
      pod: said.pod_name,
      because: said.because,
    },
  })}\n`;
}
