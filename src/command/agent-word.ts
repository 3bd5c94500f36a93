/** The vocabulary of the program: words that an agent may read without a fence, because no log can add to them. */
import { readFileSync } from 'node:fs';
import { CAUSES, CONFIDENCES, MECHANISMS, PATTERNS, PROOFS, SHAPES, TOLD } from '../query/word.ts';
import { remedyOf } from '../report/remedy.ts';

/** The documents of the package. The path is right from src/ and from dist/. */
export const readPage = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');

/** Values of columns that are words of ours: target_kind, target_was, kind of a rollout, coverage. */
const COLUMN_WORDS = [
  ...['pod', 'ecs_task', 'instance', 'node_port', 'unknown'],
  ...['gone', 'cut off', 'not listening', 'unreachable'],
  ...['rollout', 'burst', 'deletion'],
  ...['all', 'part', 'none'],
];

/** For each rule, its condition in words: the table that docs/verdicts.md has. */
export function readRules(): ReadonlyMap<string, string> {
  const rows = readPage('verdicts').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| ([^|]*) \|/gm);
  return new Map([...rows].map(([, rule, when]) => [rule!, when!.trim()]));
}

/** Returns whether a word belongs to the vocabulary. */
export function vocabulary(rules: ReadonlyMap<string, string>): (word: string) => boolean {
  const words = new Set<string>([
    ...[CAUSES, MECHANISMS, CONFIDENCES, PATTERNS, PROOFS, SHAPES, TOLD].flat(),
    ...COLUMN_WORDS,
    ...rules.keys(),
  ]);
  // A piece of evidence that may be missing is a word of ours if we know how to get it.
  return (word) => words.has(word) || remedyOf(word, null) !== word;
}

/** Names of the documented columns: those of a statement's answer may come from data, as in `pivot`. */
export function readColumnNames(): ReadonlySet<string> {
  return new Set([...readPage('schema').matchAll(/`([a-z_][a-z0-9_]*)`/g)].map(([, name]) => name!));
}
