/**
 * Objects of the Kubernetes API as its Python client prints them (`json.dumps(pod.to_dict(), default=str)`): with the API's
 * names in snake case, and Events whose members a store flattened (`involvedObject.name`). Read as they stand, they would be
 * objects without addresses, deletions and conditions.
 */
import { asObject } from './json-value.ts';

/** Names that the API does not write as the rule makes them. */
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['pod_ip', 'podIP'],
  ['pod_i_ps', 'podIPs'],
  ['host_ip', 'hostIP'],
  ['host_i_ps', 'hostIPs'],
  ['container_id', 'containerID'],
  ['image_id', 'imageID'],
  ['provider_id', 'providerID'],
  ['instance_id', 'instanceID'],
  ['cluster_ip', 'clusterIP'],
  ['cluster_i_ps', 'clusterIPs'],
  ['external_i_ps', 'externalIPs'],
]);

/** Members whose names are the user's. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'match_labels',
  'node_selector',
  'selector',
  'data',
]);

/** Objects in one another: the API has about ten. */
const MAX_NESTED = 40;

/** Returns an object with the names of the API, the object itself if it has them. */
export function withApiNames(object: Record<string, unknown>): Record<string, unknown> {
  const prefix = ['', 'event.'].find((before) => typeof object[`${before}involvedObject.name`] === 'string');
  if (prefix !== undefined) return unfolded(object, prefix);
  if (typeof object.involvedObject_name === 'string') return unfolded(withDots(object), '');
  const metadata = asObject(object.metadata);
  const isSnake = 'api_version' in object || (metadata !== null && 'creation_timestamp' in metadata);
  return isSnake ? (renamed(object, 0) as Record<string, unknown>) : object;
}

/** Stores that allow no dot in a name write an underscore. */
const withDots = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).map(([name, held]) => [
      name.replace(/^(involvedObject|metadata|source|series)_/, '$1.'),
      held,
    ]),
  );

/** An Event out of members such as `involvedObject.name`; an empty one is none. */
function unfolded(object: Record<string, unknown>, prefix: string): Record<string, unknown> {
  const event: Record<string, unknown> = Object.assign(Object.create(null), { kind: 'Event' });
  const parts = new Map<string, Record<string, unknown>>();
  for (const [path, held] of Object.entries(object)) {
    if (!path.startsWith(prefix) || held === '' || held === null || held === '-') continue;
    const [first, second, ...deeper] = path.slice(prefix.length).split('.');
    if (second === undefined) event[first!] = held;
    else if (deeper.length === 0) {
      const part = parts.get(first!) ?? Object.create(null);
      parts.set(first!, part);
      part[second] = held;
    }
  }
  return { ...event, ...Object.fromEntries(parts) };
}

function renamed(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_NESTED) return value;
  if (Array.isArray(value)) return value.map((one) => renamed(one, depth + 1));
  const out: Record<string, unknown> = Object.create(null);
  for (const [name, held] of Object.entries(value)) {
    // The client writes every member that an object may have.
    if (held === null) continue;
    out[apiName(name)] = OWN_NAMES.has(name) ? held : renamed(held, depth + 1);
  }
  return out;
}

const apiName = (name: string): string =>
  IRREGULAR.get(name) ?? name.replace(/^_/, '').replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
