/** The Services that an Ingress leads to. */
import type { Stated } from './attribute.ts';
import type { ManifestField } from './field.ts';

export interface Backend {
  service: string;
  /** Name or number; null where any will do. */
  port: string | null;
  field: ManifestField;
}

/** Start of the annotations of an Application Load Balancer. */
export const INGRESS_ANNOTATION = 'alb.ingress.kubernetes.io/';
const ACTIONS = `${INGRESS_ANNOTATION}actions.`;

/** Returns each backend: of rules, of the default, and of forward actions in annotations. */
export function backendsOf(ingress: ManifestField): Backend[] {
  const spec = ingress.at('spec');
  const paths = spec
    .at('rules')
    .items()
    .flatMap((rule) =>
      rule
        .at('http', 'paths')
        .items()
        .map((path) => path.at('backend')),
    );
  return [spec.at('defaultBackend'), spec.at('backend'), ...paths].flatMap((backend) => backendOf(backend, ingress));
}

function backendOf(backend: ManifestField, ingress: ManifestField): Backend[] {
  // networking.k8s.io/v1, and v1beta1 before it.
  const name = backend.at('service', 'name').exists ? backend.at('service', 'name') : backend.at('serviceName');
  const service = name.text();
  if (service === null) return [];
  const port = backend.at('service', 'port');
  const text = port.at('name').text() ?? port.at('number').text() ?? backend.at('servicePort').text();
  if (text === 'use-annotation') return forwards(ingress.at('metadata', 'annotations', `${ACTIONS}${service}`));
  return [{ service, port: text, field: name }];
}

/** Most text of an action: a dozen groups have less. */
const MAX_ACTION = 1 << 16;

function forwards(action: ManifestField): Backend[] {
  const text = action.text() ?? '';
  if (text.length > MAX_ACTION) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A redirect in another form, or broken JSON: the controller refuses that itself.
    return [];
  }
  const config = member(value, 'forwardConfig') ?? member(value, 'ForwardConfig');
  const groups = member(config, 'targetGroups') ?? member(config, 'TargetGroups');
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((group): Backend[] => {
    const service = member(group, 'serviceName') ?? member(group, 'ServiceName');
    const port = member(group, 'servicePort') ?? member(group, 'ServicePort');
    if (typeof service !== 'string') return [];
    return [{ service, port: port === undefined ? null : String(port), field: action }];
  });
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Returns an annotation of an Ingress or a Service, by its name without the prefix. */
export function annotationOf(field: ManifestField, name: string): Stated<string> | null {
  const annotation = field.at('metadata', 'annotations', `${INGRESS_ANNOTATION}${name}`);
  const text = annotation.text();
  return text === null ? null : { value: text, field: annotation, isStated: true };
}
