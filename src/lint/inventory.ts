/** Sorts the objects of all documents by what they are: of Kubernetes by kind, of AWS by their members. */
import type { Documents, Trouble } from './document.ts';
import type { LinePlace, ManifestField } from './field.ts';
import { readWorkload, WORKLOAD_KINDS, type Workload } from './workload.ts';

/** Attributes of a target group or a load balancer, as AWS prints them. */
export interface AttributeList {
  field: ManifestField;
  /** From the envelope; null where AWS printed the attributes alone. */
  owner: string | null;
  values: ReadonlyMap<string, ManifestField>;
}

export interface Inventory {
  workloads: Workload[];
  /** Other objects of Kubernetes, by kind. */
  objects: Map<string, ManifestField[]>;
  ecsServices: ManifestField[];
  taskDefinitions: ManifestField[];
  attributes: AttributeList[];
  targetGroups: ManifestField[];
  /** Objects that were recognised, of any kind. */
  recognised: number;
  /** Places of documents of another kind, which are left out. */
  others: LinePlace[];
  troubles: Trouble[];
}

/** Most objects of one run, and depth of lists within lists: an alias bomb has more. */
const MAX_OBJECTS = 20_000;
const MAX_DEPTH = 4;

/** Returns the objects of all documents, those of lists included. */
export function takeInventory(documents: readonly Documents[]): Inventory {
  const found: Inventory = {
    workloads: [],
    objects: new Map(),
    ecsServices: [],
    taskDefinitions: [],
    attributes: [],
    targetGroups: [],
    recognised: 0,
    others: [],
    troubles: documents.flatMap(({ troubles }) => troubles),
  };
  let seen = 0;
  const add = (field: ManifestField, depth: number): void => {
    seen++;
    if (seen > MAX_OBJECTS || depth > MAX_DEPTH) {
      if (seen === MAX_OBJECTS + 1 || depth === MAX_DEPTH + 1)
        found.troubles.push({
          place: field.place,
          message: 'has too many objects, or lists in lists: the rest is left out',
        });
      seen = Math.max(seen, depth > MAX_DEPTH ? MAX_OBJECTS + 1 : seen);
      return;
    }
    const kind = field.at('kind').text();
    if (field.isList || (kind !== null && /List$/.test(kind) && field.at('items').isList)) {
      for (const item of field.isList ? field.items() : field.at('items').items()) {
        if (seen > MAX_OBJECTS) return;
        add(item, depth + 1);
      }
    } else if (kind !== null && field.at('apiVersion').text() !== null) addKubernetes(found, field, kind);
    else addAws(found, field);
  };
  for (const { roots } of documents) for (const root of roots) add(root, 0);
  return found;
}

function addKubernetes(found: Inventory, field: ManifestField, kind: string): void {
  found.recognised++;
  if (!WORKLOAD_KINDS.includes(kind)) {
    const known = found.objects.get(kind);
    if (known) known.push(field);
    else found.objects.set(kind, [field]);
    return;
  }
  const workload = readWorkload(field);
  if (workload !== null) found.workloads.push(workload);
  else found.troubles.push({ place: field.place, message: `is a ${kind} without metadata.name: it is left out` });
}

/** Answers of the API, and what its calls take. */
function addAws(found: Inventory, field: ManifestField): void {
  const before = found.recognised;
  const take = (list: ManifestField[], one: ManifestField): void => {
    found.recognised++;
    list.push(one);
  };
  for (const service of field.at('services').items())
    if (service.at('serviceName').text() !== null) take(found.ecsServices, service);
  if (field.at('service', 'serviceName').text() !== null) take(found.ecsServices, field.at('service'));
  if (field.at('serviceName').text() !== null && field.at('taskDefinition').text() !== null)
    take(found.ecsServices, field);
  for (const definition of [field.at('taskDefinition'), field])
    if (definition.at('containerDefinitions').isList) take(found.taskDefinitions, definition);
  for (const group of field.at('TargetGroups').items()) take(found.targetGroups, group);
  if (field.at('Attributes').isList) {
    const values = field
      .at('Attributes')
      .items()
      .flatMap((one): [string, ManifestField][] => {
        const key = one.at('Key').text();
        return key === null ? [] : [[key, one.at('Value')]];
      });
    const owner = ['targetGroupArn', 'TargetGroupArn', 'loadBalancerArn', 'LoadBalancerArn']
      .map((name) => field.at(name).text())
      .find((text) => text !== null);
    found.recognised++;
    found.attributes.push({ field, owner: owner ?? null, values: new Map(values) });
  }
  if (found.recognised === before) found.others.push(field.place);
}
