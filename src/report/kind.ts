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
