/** Classes of Ingresses: whether one is for an Application Load Balancer, and the settings of that load balancer. */
import { attributePairs, type Stated } from './attribute.ts';
import type { ManifestField } from './field.ts';
import { annotationOf, INGRESS_ANNOTATION } from './ingress.ts';
import type { Inventory } from './inventory.ts';

export interface ClassParameters {
  isAutoMode: boolean;
  targetType: Stated<string> | null;
  idle: Stated<number> | null;
}

const CONTROLLERS: readonly string[] = ['ingress.k8s.aws/alb', 'eks.amazonaws.com/alb'];

/** Usual classes of other controllers, for an Ingress that kept annotations of an Application Load Balancer. */
const OTHER_CLASSES = /nginx|traefik|haproxy|kong|istio|contour|cilium|\bgce\b|azure|openshift|ambassador|apisix|gloo/i;

/** Returns what the class of an Ingress sets, null if the Ingress is not for an Application Load Balancer. */
export function ingressClassOf(ingress: ManifestField, inventory: Inventory): ClassParameters | null {
  const name =
    ingress.at('spec', 'ingressClassName').text() ??
    ingress.at('metadata', 'annotations', 'kubernetes.io/ingress.class').text();
  const classes = inventory.objects.get('IngressClass') ?? [];
  const isDefault = (one: ManifestField): boolean =>
    one.at('metadata', 'annotations', 'ingressclass.kubernetes.io/is-default-class').text() === 'true';
  const own = classes.find((one) => (name === null ? isDefault(one) : one.at('metadata', 'name').text() === name));
  const controller = own?.at('spec', 'controller').text() ?? null;
  const hasAnnotations = ingress
    .at('metadata', 'annotations')
    .entries()
    .some(([key]) => key.startsWith(INGRESS_ANNOTATION));
  const mayBeAlb = name === 'alb' || (hasAnnotations && !OTHER_CLASSES.test(name ?? ''));
  const isAlb = controller === null ? mayBeAlb : CONTROLLERS.includes(controller);
  if (!isAlb) return null;
  const wanted = own?.at('spec', 'parameters', 'name').text();
  const parameters = (inventory.objects.get('IngressClassParams') ?? []).find(
    (one) => one.at('metadata', 'name').text() === wanted,
  );
  const type = parameters?.at('spec', 'targetType');
  const typed = type?.text() ?? null;
  const attributes = parameters?.at('spec', 'loadBalancerAttributes').items() ?? [];
  const idle = attributes.find((one) => one.at('key').text() === 'idle_timeout.timeout_seconds')?.at('value');
  const seconds = idle?.number() ?? null;
  return {
    isAutoMode: controller === 'eks.amazonaws.com/alb',
    targetType: type && typed !== null ? { value: typed, field: type, isStated: true } : null,
    idle: idle && seconds !== null ? { value: seconds, field: idle, isStated: true } : null,
  };
}

/** Idle timeout of a load balancer without a setting. */
export const DEFAULT_IDLE_SECONDS = 60;

/** Returns the idle timeout of the load balancer of an Ingress. The Ingresses of one group share it, and any of them may set it. */
export function ingressIdle(ingress: ManifestField, inventory: Inventory): Stated<number> {
  const own = idleOf(annotationOf(ingress, 'load-balancer-attributes'), ingress);
  const group = annotationOf(ingress, 'group.name')?.value;
  if (own.isStated || group === undefined) return own;
  const shared = (inventory.objects.get('Ingress') ?? [])
    .filter((one) => annotationOf(one, 'group.name')?.value === group)
    .map((one) => idleOf(annotationOf(one, 'load-balancer-attributes'), one));
  return shared.find(({ isStated }) => isStated) ?? own;
}

function idleOf(stated: Stated<string> | null, otherwise: ManifestField): Stated<number> {
  const text = attributePairs(stated?.value ?? '').get('idle_timeout.timeout_seconds');
  return text !== undefined && /^\d{1,5}$/.test(text) && stated
    ? { value: Number(text), field: stated.field, isStated: true }
    : { value: DEFAULT_IDLE_SECONDS, field: otherwise, isStated: false };
}
