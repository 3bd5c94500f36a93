/** The transcript of the recorded test script: pods and targets as they were seen round after round. */
import type { Reading, ReadingContext } from './fact.ts';
import { asObject } from './json-value.ts';
import { readPodRounds } from './pod-rounds.ts';
import { type Round, readRounds } from './probe-round.ts';
import { reject } from './rejection.ts';
import { TargetGroup } from './target-listing.ts';

/**
 * Returns the facts of every complete round. Local times are read at `timezoneMinutes`. A pod or target that one round
 * lists and the next one does not is gone or absent, as long as both listings are whole.
 */
export function readProbeTranscript(text: string, context: ReadingContext): Reading {
  const { rounds, rejected } = readRounds(text, context.timezoneMinutes);
  const reading: Reading = { records: 0, facts: [], rejected, notes: [] };
  if (rounds.length > 0 && context.timezoneMinutes === 0) {
    reading.notes.push('Its local times were read as UTC; --timezone sets another offset.');
  }
  readPodRounds(rounds, reading);
  readTargets(rounds, reading);
  reading.rejected.sort((a, b) => a.line - b.line);
  return reading;
}

function readTargets(rounds: Round[], reading: Reading): void {
  const group = new TargetGroup();
  for (const { asked, targets } of rounds) {
    if (!targets) continue;
    const descriptions = asObject(targets.value)?.TargetHealthDescriptions;
    if (!Array.isArray(descriptions)) {
      reading.rejected.push(reject(targets.line, 'not_target_health', targets.text));
      continue;
    }
    const { line, elementLines: lines } = targets;
    const { facts, rejected } = group.next({ line, lines, moment: asked, target_group_arn: null, descriptions });
    for (const fact of facts) {
      reading.facts.push(fact);
      if (fact.state !== 'absent') reading.records++;
    }
    for (const rejection of rejected) reading.rejected.push(rejection);
  }
}
