/**
 * Reads one line of Karpenter's log about nodes: zap JSON with `time` and `message`, of version 1 and of the years before
 * it, or as EKS Auto Mode delivers it (AUTO_MODE_COMPUTE_LOGS), where `event_timestamp` stands for the time; and the lines for
 * people that versions before 0.32 print: time, level, logger and message between tabs, then the rest as JSON.
 */
import { END_OF_TIME, SECOND_MS, toMillis } from '../../time/time.ts';
import { type NodeFact, UNSAID_NODE } from '../fact.ts';
import type { Outline } from '../json-outline.ts';
import { asObject, asObjects, asText } from '../json-value.ts';
import { type Interval, millisecondOf, parseTime } from '../moment.ts';
import { parsed } from '../unwrap/bracket.ts';
import { providerId } from './node-object.ts';
import { whyGone } from './reason.ts';
import type { LogSaying } from './saying.ts';

const OWN_CONTROLLER =
  /^(?:node(?:claim|pool)?\.|nodeclass\.|disruption$|provisioner$|interruption$|state\.|metrics\.(?:node|nodepool|pod)$|static\.)/;
const OWN_LOGGER =
  /^controller\.(?:consolidation|deprovisioning|disruption|interruption|machine|node|nodeclaim|provision|termination|state|aws\.)/;
const OWN_GROUP = /^karpenter\.(?:sh|k8s\.aws)$/;

/** Returns whether JSON is a line of Karpenter's, by keys and words that no other program has. */
export function isKarpenterOutline(outline: Outline): boolean {
  if (!outline.has('message')) return false;
  if (outline.has('NodeClaim.name') || outline.has('disrupted-nodes')) return true;
  const isKnown =
    OWN_GROUP.test(outline.get('controllerGroup') ?? '') ||
    OWN_LOGGER.test(outline.get('logger') ?? '') ||
    OWN_CONTROLLER.test(outline.get('controller') ?? '');
  return isKnown && (outline.has('level') || outline.has('commit') || outline.has('event_timestamp'));
}

/** A line for people; a tab that was pasted may be blanks. */
const CONSOLE =
  /(?:^|[\s:|>=\](}'"+-])(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z)\s+(DEBUG|INFO|WARN|ERROR)\s+(controller[\w.-]*)\s+(.*)$/;

/** Returns where in a line one for people begins, -1 when none does. */
export function karpenterStart(line: string): number {
  const match = /\s(?:INFO|DEBUG|WARN|ERROR)\s+controller/.test(line) ? CONSOLE.exec(line) : null;
  if (!match || !OWN_LOGGER.test(match[3]!)) return -1;
  return match.index + match[0].indexOf(match[1]!);
}

/** Returns a line in the members that it has as JSON, null for one that is not Karpenter's. */
export function karpenterEntry(text: string): Record<string, unknown> | null {
  if (text.startsWith('{')) return asObject(parsed(text));
  const match = karpenterStart(text) === 0 ? CONSOLE.exec(text) : null;
  if (!match) return null;
  const [, time, level, logger, rest] = match;
  const at = rest!.search(/\s\{"[^{}]*\}\s*$/);
  const members = at === -1 ? null : asObject(parsed(rest!.slice(at).trim()));
  return { ...members, time, level, logger, message: (members ? rest!.slice(0, at) : rest!).trim() };
}

/** Returns when a line was written, null where it does not say. */
export function karpenterTime(entry: Record<string, unknown>): Interval | null {
  const stamp = entry.time ?? entry.event_timestamp ?? entry.ts ?? null;
  if (typeof stamp === 'number' && stamp > 0) {
    // Seconds with a fraction, or milliseconds.
    const millis = Math.floor(stamp < 1e11 ? stamp * SECOND_MS : stamp);
    return millis < toMillis(END_OF_TIME) ? millisecondOf(millis) : null;
  }
  return parseTime(asText(stamp) ?? '', 0);
}

/** The node of each NodeClaim, as earlier lines named it: a line may name the claim alone. */
export type Claims = Map<string, string>;

const claimOf = (entry: Record<string, unknown>): string | null => asText(asObject(entry.NodeClaim)?.name);

function nodeOf(entry: Record<string, unknown>, claims: Claims): string | null {
  const claim = claimOf(entry);
  const node = asText(asObject(entry.Node)?.name) ?? asText(entry.node);
  if (node !== null && claim !== null) claims.set(claim, node);
  return node ?? (claim === null ? null : (claims.get(claim) ?? null));
}

/** Returns what a line says of nodes: nothing, or one saying for each of them. Notes in `claims` which node a claim has. */
export function readKarpenterLine(entry: Record<string, unknown>, claims: Claims): LogSaying[] {
  // Until version 0.18 a message began with a capital.
  const message = (asText(entry.message) ?? '').replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  const node = nodeOf(entry, claims);
  const where = providerId(entry['provider-id']);
  const rest = { ...UNSAID_NODE, node, ...where, zone: asText(entry.zone) ?? where.zone, detail: message };
  const one = (event: NodeFact['event'], bound: 'at' | 'by', reason: string | null = null): LogSaying[] =>
    node === null && where.instance_id === null ? [] : [{ ...rest, event, bound, reason }];
  if (message === 'disrupting node(s)' || message === 'disrupting nodeclaim(s)')
    return disrupted(entry, message, claims);
  if (/^(?:disrupting|deprovisioning|consolidating) via /.test(message)) return named(message);
  if (/^triggering termination (?:after|for) .*(?:empty|expired)/.test(message)) {
    return one('going', 'at', whyGone(message));
  }
  if (message === 'tainted node') {
    const isTaken = asText(entry['taint.Key']) === 'karpenter.sh/disrupted' && entry['taint.Effect'] === 'NoSchedule';
    return one(isTaken ? 'deregistering' : 'going', 'at');
  }
  if (message === 'cordoned node') return one('going', 'at');
  if (message === 'initiating delete from interruption message') {
    return one('going', 'at', whyGone(asText(entry.messageKind) ?? asText(entry['message-kind'])) ?? 'spot');
  }
  if (message === 'deleting unhealthy node' || message === 'found unhealthy node')
    return one('going', 'at', 'unhealthy');
  if (/^deleted (?:node|nodeclaim|machine)$/.test(message)) return one('gone', 'by');
  if (/^(?:registered|initialized) (?:nodeclaim|machine)$/.test(message)) return one('seen', 'at');
  return [];
}

/** The decision; its taint comes before the replacements are there, the label and the drain after. */
function disrupted(entry: Record<string, unknown>, message: string, claims: Claims): LogSaying[] {
  const reason = whyGone(`${asText(entry.reason) ?? ''} ${asText(entry.command) ?? ''}`);
  return asObjects(entry['disrupted-nodes']).flatMap((one): LogSaying[] => {
    const node = nodeOf(one, claims);
    return node === null ? [] : [{ ...UNSAID_NODE, event: 'going', bound: 'at', node, reason, detail: message }];
  });
}

/** Before version 1 the nodes stood in words: `..., terminating 1 nodes ip-10-0-1-2.ec2.internal/m5.large/spot and ...`. */
function named(message: string): LogSaying[] {
  const reason = whyGone(message.replace(/, terminating.*/s, ''));
  const nodes =
    /terminating \d+ (?:nodes?|machines?|candidates?)(?: \(\d+ pods\))? (.*?)(?: and replacing|$)/.exec(message)?.[1] ??
    '';
  return nodes
    .split(', ')
    .map((one) => one.split('/').find((part) => /^(?:ip-|i-)[a-z0-9.-]+$/.test(part)))
    .filter((node) => node !== undefined)
    .map((node) => ({ ...UNSAID_NODE, event: 'going' as const, bound: 'at' as const, node, reason, detail: message }));
}
