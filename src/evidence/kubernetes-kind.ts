/** Which evidence an outline of JSON is, as far as Kubernetes wrote it. */
import type { EvidenceKind } from './fact.ts';
import type { Outline } from './json-outline.ts';
import { MANIFEST_KINDS } from './manifest-object.ts';

/** Paths under which the shapes that kubernetes-json.ts reads hold the kind of an object. */
const KIND_PATHS = [
  'kind',
  'items[].kind',
  'object.kind',
  'object.items[].kind',
  'pods.kind',
  'pods.items[].kind',
  'pods[].kind',
  '[].kind',
  'event.kind',
  'endpointSlices.items[].kind',
  'events.items[].kind',
  'nodes.items[].kind',
] as const;

/** Kind of evidence of each Kubernetes kind, and its name for people. */
const PODS = { kind: 'kubectl_pods_json', looksLike: 'pods as kubectl prints them in JSON' } as const;
const EVENTS = { kind: 'kubernetes_events_json', looksLike: 'Events of Kubernetes' } as const;
const NODES = { kind: 'nodes_json', looksLike: 'nodes of Kubernetes' } as const;
const MANIFEST = { kind: 'kubernetes_manifest', looksLike: 'manifests of Kubernetes' } as const;
const KINDS = new Map<string, { kind: EvidenceKind; looksLike: string }>([
  ['Pod', PODS],
  ['EndpointSlice', { kind: 'endpointslices_json', looksLike: 'EndpointSlices of Kubernetes' }],
  ['Event', EVENTS],
  ['Node', NODES],
  ['NodeClaim', NODES],
  ...MANIFEST_KINDS.map((name) => [name, MANIFEST] as const),
]);

/** Where our envelope holds a listing, empty or not. */
const ENVELOPES = new Map([
  ['endpointSlices.items', KINDS.get('EndpointSlice')!],
  ['events.items', EVENTS],
  ['nodes.items', NODES],
]);

/** Returns what it is, a kind of Kubernetes that is no evidence as `{ kind: null, name }`, or null for what is not of Kubernetes. */
export function kubernetesKind(
  outline: Outline,
): { kind: EvidenceKind; looksLike: string } | { kind: null; name: string } | null {
  const listed = outline.has('capturedAt') ? [...ENVELOPES].find(([path]) => outline.has(path)) : undefined;
  const isPodEnvelope = outline.has('pods.items') || (outline.has('pods') && outline.has('capturedAt'));
  const names = KIND_PATHS.map((path) => outline.get(path)?.replace(/(?<=.)List$/, '')).filter(
    (name) => name !== undefined,
  );
  const envelope = isPodEnvelope ? PODS : listed?.[1];
  // kubectl sorts keys, so the kind comes after what may be a thousand endpoints.
  const isSlice = KIND_PATHS.some((path) => {
    const at = path.slice(0, -'kind'.length);
    return outline.get(`${at}apiVersion`)?.startsWith('discovery.k8s.io/') && outline.has(`${at}endpoints`);
  });
  if (isSlice) return KINDS.get('EndpointSlice')!;
  const known = envelope ?? names.map((name) => KINDS.get(name)).find((found) => found !== undefined);
  if (known) return known;
  const other = names.find((name) => name !== 'List');
  if (other !== undefined) return { kind: null, name: other };
  // A List without items says that there were none when it was taken.
  if (names.length > 0 && (outline.has('items') || outline.has('object.items'))) {
    return { kind: PODS.kind, looksLike: 'an empty List as kubectl prints it in JSON' };
  }
  // As exporters write them: without a kind, bare or as the member of a record.
  const isEvent = ['', 'event.', '[].', 'items[].'].some(
    (at) =>
      outline.has(`${at}reason`) &&
      ['involvedObject.kind', 'regarding.kind', 'involvedObject_name'].some((path) => outline.has(`${at}${path}`)),
  );
  return isEvent ? EVENTS : null;
}
