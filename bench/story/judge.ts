/** Compares a tool's verdict on a failure with its label. */
import type { Label, Pattern, RightAnswer, Wanted } from './label.ts';

/** A tool's verdict: columns by name. A column that the tool lacks is absent. */
export type Said = Readonly<Record<string, unknown>>;

/** `silent` says less than the evidence allows; `wrong` contradicts the label; `harmful` is a verdict that the label forbids. */
export type Grade = 'right' | 'silent' | 'wrong' | 'harmful';

/** Confidences of a settled verdict; null for a verdict without a cause to prove. */
const SETTLED = ['exact', 'bounded', null];

/** Returns the grade of one verdict; undefined for a failure that the tool did not report. */
export function gradeOf(label: Label, said: Said | undefined): Grade {
  if (said === undefined) return 'silent';
  if (label.must_not?.some((pattern) => fits(said, pattern))) return 'harmful';
  if (said.mechanism !== label.mechanism) return 'wrong';
  if (label.answers.some((answer) => isAnswer(said, answer))) return 'right';
  return said.cause === 'no_evidence' || said.confidence === 'ambiguous' ? 'silent' : 'wrong';
}

function isAnswer(said: Said, { either, ...columns }: RightAnswer): boolean {
  if (either !== undefined) {
    const open = [said.cause, said.other_cause].sort();
    const isOpen = said.confidence === 'ambiguous' && [...either].sort().every((cause, i) => cause === open[i]);
    return isOpen && fits(said, columns as Pattern);
  }
  return fits(said, 'confidence' in columns ? columns : { ...columns, confidence: SETTLED });
}

/** Returns whether every column of the pattern has a wanted value. An absent column counts as null. */
export function fits(said: Said, pattern: Pattern): boolean {
  return Object.entries(pattern).every(([column, wanted]) => isWanted(said[column] ?? null, wanted));
}

function isWanted(value: unknown, wanted: Wanted): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => one === value);
  if (wanted === null || typeof wanted !== 'object') return wanted === value;
  const { min = -Infinity, max = Infinity } = wanted as { min?: number; max?: number };
  return typeof value === 'number' && value >= min && value <= max;
}

/** Describes a verdict in a few words, with the columns in the label. */
export function inWords(label: Label, said: Said | undefined): string {
  if (said === undefined) return 'not reported';
  const cause = said.confidence === 'ambiguous' ? `${said.cause} | ${said.other_cause}` : `${said.cause}`;
  const named = new Set([...label.answers, ...(label.must_not ?? [])].flatMap((pattern) => Object.keys(pattern)));
  const rest = [...named].filter((name) => !['cause', 'either', 'confidence', 'other_cause'].includes(name));
  const columns = rest.map((name) => `${name} ${said[name] ?? 'null'}`);
  return [`${said.mechanism}: ${cause} (${said.confidence})`, ...columns].join(', ');
}

/** Describes the answers of a label in a few words. */
export function answersInWords({ mechanism, answers }: Label): string {
  const one = ({ cause, either, ...columns }: RightAnswer): string => {
    const rest = Object.entries(columns).map(([name, wanted]) => `${name} ${JSON.stringify(wanted)}`);
    return [either ? either.join(' | ') : `${cause}`, ...rest].join(', ');
  };
  return `${mechanism}: ${answers.map(one).join('; or ')}`;
}
