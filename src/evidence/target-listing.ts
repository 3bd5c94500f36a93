/** One answer of describe-target-health, wherever it was found. */
import type { Moment, Rejection, TargetFact, TargetState } from './fact.ts';
import { describedTarget, TARGET_STATES } from './flat-target.ts';
import { asObject, asText } from './json-value.ts';
import { printValue, quote, reject } from './rejection.ts';
import { parseTargetId, readTarget, type TargetId } from './target-id.ts';

/** A complete listing of a target group at one time. */
export interface TargetListing {
  /** Line of the listing, and of each description. */
  line: number;
  lines: number[];
  moment: Moment;
  target_group_arn: string | null;
  descriptions: unknown[];
  /** `--query` selected it, perhaps only the targets of one state. */
  isSelected?: boolean;
}

/** Result of reading a listing. */
export interface ReadListing {
  facts: TargetFact[];
  rejected: Rejection[];
  /** Keys of the targets it holds, also of those whose state is unknown. */
  present: Set<string>;
  /** Everything in it is known, so a target that it lacks is absent. */
  whole: boolean;
}

/** Returns one fact for each target of the listing; targets that are neither address nor instance (functions, load balancers) are rejected. */
function readTargetListing(listing: TargetListing): ReadListing {
  const read: ReadListing = { facts: [], rejected: [], present: new Set(), whole: true };
  for (const [index, own] of listing.descriptions.entries()) {
    const value = describedTarget(own);
    const line = listing.lines.length === listing.descriptions.length ? listing.lines[index]! : listing.line;
    const target = asObject(asObject(value)?.Target);
    // A port that was not selected is that of the registration, as in a call without one.
    const id = target?.Port === null ? parseTargetId(target.Id) : null;
    const known = id ? { ...id, port: null } : target ? readTarget(target.Id, target.Port, FIELD) : 'not_a_target';
    const fact = typeof known === 'string' ? known : readState(value, { line, target: known, listing });
    if (typeof fact === 'string') read.rejected.push(reject(line, fact, printValue(own)));
    else read.facts.push(fact);
    if (typeof known !== 'string') read.present.add(keyOf(known.ip ?? known.instance_id, known.port));
    else if (parseTargetId(target?.Id) !== null || asText(target?.Id) === null) read.whole = false;
  }
  return read;
}

const FIELD = { id: 'Target.Id', port: 'Target.Port' };

const keyOf = (id: string | null, port: number | null): string => `${id} ${port}`;

function readState(
  value: unknown,
  { line, target, listing }: { line: number; target: TargetId & { port: number | null }; listing: TargetListing },
): TargetFact | string {
  const health = asObject(asObject(value)?.TargetHealth);
  const state = asText(health?.State);
  if (!health || state === null || !TARGET_STATES.has(state))
    return `unknown_state: TargetHealth.State: ${quote(state)}`;
  return {
    kind: 'target',
    line,
    earliest: listing.moment.earliest,
    latest: listing.moment.latest,
    target_group_arn: listing.target_group_arn,
    target_ip: target.ip,
    target_port: target.port,
    instance_id: target.instance_id,
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
  readonly #states = new Set<string>();
  #asked: Moment | null = null;

  /**
   * Returns the facts of the next listing, with an `absent` fact for each target that was held before and is not in
   * this one. A listing that is not whole, that may hold only targets of one state, or that is older than the one before, makes
   * nothing absent.
   */
  next(listing: TargetListing): ReadListing {
    const read = readTargetListing(listing);
    const { earliest, latest } = listing.moment;
    const since = this.#asked?.earliest ?? null;
    for (const { state } of read.facts) this.#states.add(state);
    // A list of one state lacks a target whose state changed.
    const listsAll = !listing.isSelected || (this.#states.has('healthy') && this.#states.size > 1);
    if (read.whole && listsAll && (since === null || latest === null || since <= latest)) {
      for (const [key, fact] of this.#held) {
        if (read.present.has(key)) continue;
        this.#held.delete(key);
        const { line } = listing;
        read.facts.push({ ...fact, line, earliest, latest, state: 'absent', reason: null, description: null });
      }
    }
    for (const fact of read.facts) {
      if (fact.state !== 'absent') this.#held.set(keyOf(fact.target_ip ?? fact.instance_id, fact.target_port), fact);
    }
    this.#asked = listing.moment;
    return read;
  }
}
