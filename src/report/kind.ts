/** The words for a target of each kind, as the SQL macros kind_word and ending_word do. */

const WORDS: Readonly<Record<string, readonly [kind: string, ending: string]>> = {
  pod: ['pod', 'deletion'],
  ecs_task: ['task', 'stopping'],
  instance: ['instance', 'termination'],
  node_port: ['node', 'removal'],
};

/** Returns the word for a target: pod, task, instance or node. */
export const kindWord = (kind: string | null): string => WORDS[kind ?? 'pod']?.[0] ?? 'pod';

/** Returns the word for the beginning of its end: deletion, stopping, termination or removal. */
export const endingWord = (kind: string | null): string => WORDS[kind ?? 'pod']?.[1] ?? 'deletion';

/** Words for a piece of evidence that is missing, where the target is no pod. */
const MISSING_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecs_task: { 'pod of the address': 'task of the address', 'state of the node': 'state of the host' },
  instance: { 'pod of the address': 'machine of the address' },
  node_port: { 'pod of the address': 'machine of the address' },
};

/** Returns the word for a piece of evidence that is missing (`missing` of verdict), for a target of this kind. */
export const missingWord = (missing: string, kind: string | null): string =>
  MISSING_WORDS[kind ?? '']?.[missing] ?? missing;

/** Settings that only a pod has. */
const OF_PODS = /pre_stop|termination_grace/;

/** Words of column names, for tables that people read where no target is a pod. */
const COLUMN_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecs_task: { pod: 'task', pods: 'tasks', deployment: 'service', namespace: 'cluster' },
  instance: { pod: 'instance', pods: 'instances', deployment: 'group', namespace: 'namespace' },
};

/**
 * Returns the heading of a column in the words of the only kind of target that is known, null where such a target has no such
 * thing. `kind` is null where there are pods, or several kinds: then columns keep their names.
 */
export function columnWord(name: string, kind: string | null): string | null {
  const words = COLUMN_WORDS[kind ?? ''];
  if (words === undefined) return name;
  if (OF_PODS.test(name)) return null;
  return name
    .split('_')
    .map((part) => words[part] ?? part)
    .join('_');
}
