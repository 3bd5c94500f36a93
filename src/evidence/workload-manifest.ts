/** What the manifests of a workload say of how its pods end: Deployment, StatefulSet, DaemonSet, and who routes to them. */
import { parseAllDocuments } from 'yaml';
import { asArray, asInteger, asObject, asObjects, asText } from './json-value.ts';

/** The settings of one workload as its manifest has them; null where it says nothing. */
export interface WorkloadManifest {
  kind: string;
  namespace: string | null;
  name: string;
  /** Names of its containers. */
  containers: string[];
  /** Kubernetes gives 30 where it says nothing. */
  termination_grace_period_seconds: number;
  /** Longest `sleep` of a preStop; 0 where there is none, null where there is one of another kind. */
  pre_stop_seconds: number | null;
}

/** What a file of manifests says. */
export interface Manifests {
  workloads: WorkloadManifest[];
  /** deregistration_delay.timeout_seconds of the annotation target-group-attributes, of an Ingress or a Service. */
  deregistration_delay_seconds: number | null;
  /** What could not be understood, a sentence each. */
  notes: string[];
}

const KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
const ATTRIBUTES = /\/(?:target-group-attributes|aws-load-balancer-target-group-attributes)$/;

/** Returns what YAML text of one or many manifests says. Never throws. */
export function readManifests(text: string): Manifests {
  const manifests: Manifests = { workloads: [], deregistration_delay_seconds: null, notes: [] };
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return manifests;
  for (const [i, document] of documents.entries()) {
    if (document.errors.length > 0) {
      manifests.notes.push(`document ${i + 1} is not YAML: ${document.errors[0]!.message.split('\n')[0]}`);
      continue;
    }
    let value: Record<string, unknown> | null;
    try {
      value = asObject(document.toJS({ maxAliasCount: 100 }));
    } catch (error) {
      // Aliases of aliases, which would grow without end.
      manifests.notes.push(`document ${i + 1} cannot be read: ${(error as Error).message}`);
      continue;
    }
    for (const item of value?.kind === 'List' ? asArray(value.items) : [value]) readOne(asObject(item), manifests);
  }
  return manifests;
}

function readOne(manifest: Record<string, unknown> | null, manifests: Manifests): void {
  if (!manifest) return;
  const metadata = asObject(manifest.metadata);
  for (const [key, value] of Object.entries(asObject(metadata?.annotations) ?? {})) {
    const delay = ATTRIBUTES.test(key) ? /deregistration_delay\.timeout_seconds=(\d{1,4})/.exec(String(value)) : null;
    if (delay) manifests.deregistration_delay_seconds = Number(delay[1]);
  }
  const kind = asText(manifest.kind);
  const name = asText(metadata?.name);
  if (kind === null || name === null || !KINDS.has(kind)) return;
  const spec = asObject(asObject(asObject(manifest.spec)?.template)?.spec);
  const containers = asObjects(spec?.containers);
  manifests.workloads.push({
    kind,
    namespace: asText(metadata?.namespace),
    name,
    containers: containers.flatMap((container) => asText(container.name) ?? []),
    termination_grace_period_seconds: asInteger(spec?.terminationGracePeriodSeconds) ?? 30,
    pre_stop_seconds: longest(containers.map(preStopOf)),
  });
}

/** Seconds that a container's preStop sleeps: 0 where it has none, null where it does something else. */
function preStopOf(container: Record<string, unknown>): number | null {
  const preStop = asObject(asObject(container.lifecycle)?.preStop);
  if (!preStop) return 0;
  const sleep = asInteger(asObject(preStop.sleep)?.seconds);
  if (sleep !== null) return sleep;
  const words = asArray(asObject(preStop.exec)?.command).join(' ');
  const found = /(?:^|[\s;&(/])sleep\s+(\d{1,6})s?(?![\w.])/.exec(words);
  return found ? Number(found[1]) : null;
}

const longest = (seconds: readonly (number | null)[]): number | null =>
  seconds.includes(null) ? null : Math.max(0, ...seconds.map((one) => one ?? 0));
