/** Kind, namespace and name of a Kubernetes object. */
import type { ManifestField } from './field.ts';

export interface Identity {
  kind: string;
  /** Null where the manifest leaves it to the user's current namespace. */
  namespace: string | null;
  name: string;
}

/** Returns the identity of an object, null without a name. */
export function objectIdentity(field: ManifestField): Identity | null {
  const name = field.at('metadata', 'name').text();
  if (name === null) return null;
  return { kind: field.at('kind').text() ?? '', namespace: field.at('metadata', 'namespace').text(), name };
}

/** Whether two objects may be of one namespace. */
export const mayShareNamespace = (a: Pick<Identity, 'namespace'>, b: Pick<Identity, 'namespace'>): boolean =>
  a.namespace === b.namespace || a.namespace === null || b.namespace === null;

/** Returns `Deployment shop/api`, or `Deployment api` without a namespace. */
export const titleOf = ({ kind, namespace, name }: Identity): string =>
  `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
