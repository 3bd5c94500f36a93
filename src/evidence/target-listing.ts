/** One answer of describe-target-health, wherever it was found. */

import { parseIp, parsePort } from './address.ts';
import type { Moment, Rejection, TargetFact, TargetState } from './fact.ts';
import { asObject, asText } from './json-value.ts';
import { quote, reject } from './rejection.ts';

const STATES: ReadonlySet<string> = new Set<TargetState>([
  'initial',
  'healthy',
  'unhealthy',
  'unused',
  'draining',
  'unavailable',
]);

/** A complete listing of a target group at one time. */
export interface TargetListing {
  /** Line of the listing, and of each description. */
  line: number;
  lines: number[];
  moment: Moment;
  target_group_arn: string | null;
  descriptions: unknown[];
}

/** What was read of a listing; `whole` says that nothing of it was rejected, so that what it lacks is absent. */
export interface ReadListing {
  facts: TargetFact[];
  rejected: Rejection[];
  whole: boolean;
}

/** Returns one fact for each target of the listing; targets that are no IP and port (instances, functions) are rejected. */
export function readTargetListing(listing: TargetListing): ReadListing {
  const facts: TargetFact[] = [];
  const rejected: Rejection[] = [];
  for (const [index, value] of listing.descriptions.entries()) {
    const line = listing.lines.length === listing.descriptions.length ? listing.lines[index]! : listing.line;
    const fact = readDescription(value, line, listing);
    if (typeof fact === 'string') rejected.push(reject(line, fact, JSON.stringify(value)));
    else facts.push(fact);
  }
  return { facts, rejected, whole: rejected.length === 0 };
}

function readDescription(value: unknown, line: number, listing: TargetListing): TargetFact | string {
  const target = asObject(asObject(value)?.Target);
  const health = asObject(asObject(value)?.TargetHealth);
  if (!target || !health) return 'not_a_target';
  const id = asText(target.Id);
  const ip = parseIp(id ?? '');
  if (ip === null) return `target_not_ip: Target.Id: ${quote(id)}`;
  const port = parsePort(target.Port);
  if (port === null) return `bad_port: Target.Port: ${quote(target.Port)}`;
  const state = asText(health.State);
  if (state === null || !STATES.has(state)) return `unknown_state: TargetHealth.State: ${quote(state)}`;
  return {
    kind: 'target',
    line,
    earliest: listing.moment.earliest,
    latest: listing.moment.latest,
    target_group_arn: listing.target_group_arn,
    target_ip: ip,
    target_port: port,
    state: state as TargetState,
    reason: asText(health.Reason),
    description: asText(health.Description),
  };
}

/** Returns an `absent` fact for each target that `before` held and the later complete listing `after` does not. */
export function absentTargets(before: TargetFact[], after: TargetFact[], listing: TargetListing): TargetFact[] {
  const key = (fact: TargetFact) => `${fact.target_ip} ${fact.target_port}`;
  const present = new Set(after.map(key));
  return before
    .filter((fact) => !present.has(key(fact)))
    .map((fact) => ({
      ...fact,
      line: listing.line,
      earliest: listing.moment.earliest,
      latest: listing.moment.latest,
      state: 'absent',
      reason: null,
      description: null,
    }));
}
