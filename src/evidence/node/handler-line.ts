/** Reads one line of the log of AWS's node termination handler: JSON of zerolog, or the same for people. */
import { type NodeFact, UNSAID_NODE } from '../fact.ts';
import type { Outline } from '../json-outline.ts';
import { asObject, asText } from '../json-value.ts';
import { parseInstanceId } from '../target-id.ts';
import { parsed } from '../unwrap/bracket.ts';
import { providerId } from './node-object.ts';
import { whyGone } from './reason.ts';
import type { LogSaying } from './saying.ts';

/** Messages about one node; a new event is known before it is acted on, and a node is drained by the last. */
const ADDED = 'Adding new event to the event store';
const REQUESTING = 'Requesting instance drain';
const DRAINED = 'Node successfully cordoned and drained';
const OWN_MESSAGE = /^(?:Adding new event to the event store|Requesting instance drain|Node successfully cordoned)/;

/** `2026/01/20 22:26:04 INF message key=value key="value"`; versions before 1.8 print no level, and the name in the message. */
const CONSOLE =
  /(?:^|[\s:|>=\](}'"+-])(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) (?:(?:INF|WRN|ERR|DBG) )?(Adding new event to the event store|Requesting instance drain|Node (?:"[a-z0-9.-]+" )?successfully cordoned(?: and drained)?)(.*)$/;

/** Returns where in a line one of the handler begins, -1 when none does. */
export function handlerStart(line: string): number {
  const match = /event store|instance drain|successfully cordoned/.test(line) ? CONSOLE.exec(line) : null;
  return match ? match.index + match[0].indexOf(match[1]!) : -1;
}

/** Returns whether JSON is a line of the handler's. */
export const isHandlerOutline = (outline: Outline): boolean =>
  outline.has('level') && outline.has('time') && OWN_MESSAGE.test(outline.get('message') ?? '');

/** Returns a line in the members that it has as JSON, null for one that is not of the handler. */
export function handlerEntry(text: string): Record<string, unknown> | null {
  if (text.startsWith('{')) return asObject(parsed(text));
  const match = handlerStart(text) === 0 ? CONSOLE.exec(text) : null;
  if (!match) return null;
  const [, time, words, rest] = match;
  const named = /^Node "([^"]*)" (.*)$/.exec(words!);
  const entry: Record<string, unknown> = {
    time: time!.replaceAll('/', '-'),
    level: 'info',
    message: named ? `Node ${named[2]}` : words,
    node_name: named?.[1],
  };
  const event = / event=(\{.*\})\s*$/.exec(rest!);
  if (event) entry.event = parsed(event[1]!);
  else
    for (const [, key, quoted, bare] of rest!.matchAll(/(?<= )([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g))
      entry[key!] = quoted ?? bare;
  return entry;
}

/** Returns what a line says of its node, null for anything else. */
export function readHandlerLine(entry: Record<string, unknown>): LogSaying | null {
  const message = asText(entry.message) ?? '';
  const event = asObject(entry.event) ?? {};
  const where = providerId(event.ProviderID ?? entry['provider-id']);
  const identity: Partial<NodeFact> = {
    ...where,
    instance_id: where.instance_id ?? parseInstanceId(asText(event.InstanceID) ?? asText(entry['instance-id']) ?? ''),
    node: asText(event.NodeName) || asText(entry['node-name']) || asText(entry.node_name) || null,
    group_name: asText(event.AutoScalingGroupName) || null,
  };
  if (identity.node === null && identity.instance_id === null) return null;
  const kind = asText(event.Kind) ?? asText(entry.kind) ?? '';
  const words = asText(event.Description) ?? asText(entry.reason) ?? '';
  const reason = kind === 'SPOT_ITN' ? 'spot' : kind === 'SCHEDULED_EVENT' ? 'maintenance' : whyGone(words);
  const said = { ...UNSAID_NODE, ...identity, reason: reason ?? scaledIn(kind, words), detail: message };
  // A recommendation decides nothing, maintenance may be days away, and a launch ends no node.
  const isNear = !/REBALANCE|SCHEDULED|LAUNCH/.test(kind) && !/rebalance|scheduled change/i.test(words);
  if (message === ADDED) return isNear ? { ...said, event: 'going', bound: 'at' } : null;
  if (message === REQUESTING) return isNear ? { ...said, event: 'going', bound: 'at' } : null;
  return message === DRAINED ? { ...said, event: 'going', bound: 'by' } : null;
}

const scaledIn = (kind: string, words: string): string | null =>
  /ASG|Auto ?Scaling/i.test(`${kind} ${words}`) ? 'scale-down' : null;
