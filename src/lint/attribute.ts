/** Attributes of target groups: from annotations, or as `describe-target-group-attributes` prints them. */
import type { ManifestField } from './field.ts';
import type { AttributeList, Inventory } from './inventory.ts';

/** A value with the field that states it; of a documented default the field that could. */
export interface Stated<T> {
  value: T;
  field: ManifestField;
  /** False for a documented default. */
  isStated: boolean;
}

/** Returns the pairs of an annotation `key=value,key=value`. */
export function attributePairs(text: string): Map<string, string> {
  return new Map(
    text.split(',').flatMap((pair): [string, string][] => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]] : [];
    }),
  );
}

/**
 * Returns an attribute of the group behind a front. The controller leaves the default of AWS where no annotation sets one; a group
 * that somebody else made has any value, so without its attributes it is null.
 */
export function groupAttribute(
  key: string,
  annotation: Stated<string> | null,
  inventory: Inventory,
  front: ManifestField,
  { fallback, isMadeByController }: { fallback: number; isMadeByController: boolean },
): Stated<number | null> {
  const text = attributePairs(annotation?.value ?? '').get(key);
  if (annotation && text !== undefined && /^\d{1,6}$/.test(text))
    return { value: Number(text), field: annotation.field, isStated: true };
  const arn = front.at('spec', 'targetGroupARN').text();
  const listed = arn === null ? null : attributesOfGroup(inventory, arn)?.values.get(key);
  const seconds = listed?.number() ?? null;
  if (listed && seconds !== null) return { value: seconds, field: listed, isStated: true };
  return { value: isMadeByController ? fallback : null, field: front, isStated: false };
}

/** Returns the attributes of a group: by its ARN, by a file of its name, or the only ones there are for the only group. */
export function attributesOfGroup(inventory: Inventory, arn: string): AttributeList | undefined {
  const groups = inventory.attributes.filter(({ values }) => values.has('deregistration_delay.timeout_seconds'));
  const name = arn.split('/')[1] ?? arn;
  const byOwner = groups.find(({ owner }) => owner === arn);
  if (byOwner) return byOwner;
  const open = groups.filter(({ owner }) => owner === null);
  const byFile = open.find(({ field }) => stem(field.place.file) === name);
  return byFile ?? (open.length === 1 && groups.length === 1 ? open[0] : undefined);
}

/** Returns the name of a file without its folder and ending. */
const stem = (file: string): string => (file.split('/').at(-1) ?? file).replace(/(?:\.(?:json|ya?ml))+$/i, '');

/** Returns whether a target group of `describe-target-groups` is one of an Application Load Balancer. */
export const isForApplicationBalancer = (group: ManifestField): boolean =>
  ['HTTP', 'HTTPS', null].includes(group.at('Protocol').text());
