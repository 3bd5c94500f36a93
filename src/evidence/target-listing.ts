/** One answer of describe-target-health, wherever it was found. */

import { parseIp, parsePort } from './address.ts';
import type { Moment, Rejection, TargetFact, TargetState } from './fact.ts';
import { asObject, asText } from './json-value.ts';
import { printValue, quote, reject } from './rejection.ts';

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

/** What was read of a listing. */
export interface ReadListing {
  facts: TargetFact[];
  rejected: Rejection[];
  /** Keys of the targets it holds, also of those whose state is unknown. */
  present: Set<string>;
  /** Everything in it could be told from any other target: what it lacks is absent. */
  whole: boolean;
}

/** Returns one fact for each target of the listing; targets that are no IP and port (instances, functions) are rejected. */
function readTargetListing(listing: TargetListing): ReadListing {
  const read: ReadListing = { facts: [], rejected: [], present: new Set(), whole: true };
  for (const [index, value] of listing.descriptions.entries()) {
    const line = listing.lines.length === listing.descriptions.length ? listing.lines[index]! : listing.line;
    const target = asObject(asObject(value)?.Target);
    const ip = parseIp(asText(target?.Id) ?? '');
    const port = parsePort(target?.Port);
    const fact = ip === null || port === null ? whyNoTarget(target, ip) : readState(value, { line, ip, port, listing });
    if (typeof fact === 'string') read.rejected.push(reject(line, fact, printValue(value)));
    else read.facts.push(fact);
    if (ip !== null && port !== null) read.present.add(`${ip} ${port}`);
    else if (ip !== null || asText(target?.Id) === null) read.whole = false;
  }
  return read;
}

function whyNoTarget(target: Record<string, unknown> | null, ip: string | null): string {
  if (!target) return 'not_a_target';
  return ip === null ? `target_not_ip: Target.Id: ${quote(target.Id)}` : `bad_port: Target.Port: ${quote(target.Port)}`;
}

function readState(
  value: unknown,
  { line, ip, port, listing }: { line: number; ip: string; port: number; listing: TargetListing },
): TargetFact | string {
  const health = asObject(asObject(value)?.TargetHealth);
  const state = asText(health?.State);
  if (!health || state === null || !STATES.has(state)) return `unknown_state: TargetHealth.State: ${quote(state)}`;
  return {
    kind: 'target',
    line,
    earliest: listing.moment.earliest,
    latest: listing.moment.latest,
    target_group_arn: listing.target_group_arn,
    target_ip: ip,
    target_port: port,
    instance_id: null,
    state: state as TargetState,
    reason: asText(health.Reason),
    description: asText(health.Description) ?? overrideOf(value),
    zone: asText(asObject(asObject(value)?.Target)?.AvailabilityZone),
  };
}

/** A zonal shift takes a target out of service whatever its health: then the answer says so beside the state. */
function overrideOf(value: unknown): string | null {
  const override = asObject(asObject(value)?.AdministrativeOverride);
  const state = asText(override?.State);
  if (state === null || !state.startsWith('zonal_shift_')) return null;
  return [`AdministrativeOverride ${state}`, asText(override?.Description)].filter((text) => text !== null).join(': ');
}

/** The targets of one group, from listing to listing. */
export class TargetGroup {
  readonly #held = new Map<string, TargetFact>();
  #asked: Moment | null = null;

  /**
   * Returns the facts of the next listing, with an `absent` fact for each target that was held before and is not in
   * this one. A listing that is not whole, or older than the one before, makes nothing absent.
   */
  next(listing: TargetListing): ReadListing {
    const read = readTargetListing(listing);
    const { earliest, latest } = listing.moment;
    const since = this.#asked?.earliest ?? null;
    if (read.whole && (since === null || latest === null || since <= latest)) {
      for (const [key, fact] of this.#held) {
        if (read.present.has(key)) continue;
        this.#held.delete(key);
        const { line } = listing;
        read.facts.push({ ...fact, line, earliest, latest, state: 'absent', reason: null, description: null });
      }
    }
    for (const fact of read.facts) {
      if (fact.state !== 'absent') this.#held.set(`${fact.target_ip} ${fact.target_port}`, fact);
    }
    this.#asked = listing.moment;
    return read;
  }
}
