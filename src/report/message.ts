/**
 * A message about one run, for people in a chat and for machines. Every text in it may come from a log, and so from an attacker:
 * it is cut to a length and made printable here, and each template escapes it for its own reader. Pure.
 */
import { redacted } from '../evidence/redact.ts';
import { count, printable, truncate } from './text.ts';

/** Outcomes of a run. `passed` says nothing unless that is asked for. */
export const OUTCOMES = ['passed', 'failures', 'limit_broken', 'incomplete', 'failed'] as const;
export type RunOutcome = (typeof OUTCOMES)[number];

/** The message. docs/nightly.md documents it as the JSON of a webhook, so a change of a key is a new schema. */
export interface RunMessage {
  command: 'nightly' | 'check' | 'watch';
  outcome: RunOutcome;
  /** Exit code of the run, null while it goes on. */
  exit_code: number | null;
  /** One sentence. */
  title: string;
  /** Window, ISO 8601, UTC. */
  from: string | null;
  to: string | null;
  requests: number | null;
  failures: number | null;
  causes: readonly { cause: string; failures: number }[];
  why: string | null;
  fix: string | null;
  /** Broken limits. */
  limits: readonly { limit: string; most: number; found: number }[];
  /** Further sentences, such as differences from the days before. */
  notes: readonly string[];
  /** Why the run failed. */
  error: string | null;
}

export const MESSAGE_SCHEMA = 'draintrace.message/1';

/** Most entries of a list, and characters of a text. */
const MOST = { entries: 20, notes: 10, title: 300, text: 1000, note: 300, name: 80 };

/** Returns a message without news, to fill in. */
export const emptyMessage = (command: RunMessage['command'], title: string): RunMessage => ({
  ...{ command, outcome: 'passed', exit_code: null, title, from: null, to: null, requests: null, failures: null },
  ...{ causes: [], why: null, fix: null, limits: [], notes: [], error: null },
});

/** Returns the message with every list and every text of bounded length, printable, and without secrets of urls. */
export function bounded(message: RunMessage): RunMessage {
  const text = (value: string, most: number): string =>
    truncate(printable(redacted(value).replace(/\s+/g, ' ')).trim(), most);
  const maybe = (value: string | null): string | null => (value === null ? null : text(value, MOST.text));
  const more = message.notes.length - MOST.notes;
  return {
    ...message,
    title: text(message.title, MOST.title),
    causes: message.causes.slice(0, MOST.entries).map((one) => ({ ...one, cause: text(one.cause, MOST.name) })),
    why: maybe(message.why),
    fix: maybe(message.fix),
    limits: message.limits.slice(0, MOST.entries).map((one) => ({ ...one, limit: text(one.limit, MOST.name) })),
    notes: [
      ...message.notes.slice(0, MOST.notes).map((note) => text(note, MOST.note)),
      ...(more > 0 ? [`and ${more} more`] : []),
    ],
    error: maybe(message.error),
  };
}

/** Marks of outcomes: a chat shows them before the title. */
export const MARKS: Readonly<Record<RunOutcome, string>> = {
  passed: '✅',
  failures: '⚠️',
  limit_broken: '❌',
  incomplete: '❔',
  failed: '❌',
};

/** Returns the lines below the title: a label, and its text. */
export function messageLines(message: RunMessage): [label: string, text: string][] {
  const { from, to, requests, failures, causes, why, fix, limits, notes, error } = message;
  const lines: [string, string | null][] = [
    ['error', error],
    ['limit broken', limits.map(({ limit, most, found }) => `${limit}: ${found}, ${most} allowed`).join('; ') || null],
    ['why', why],
    ['fix', fix],
    ['causes', why === null ? causes.map(({ cause, failures: n }) => `${n} ${cause}`).join(', ') || null : null],
    [
      'failures',
      failures === null ? null : requests === null ? String(failures) : `${failures} of ${count(requests, 'request')}`,
    ],
    ['window', from === null && to === null ? null : `${from ?? 'the begin'} to ${to ?? 'now'}`],
    ...notes.map((note): [string, string] => ['note', note]),
  ];
  return lines.filter((line): line is [string, string] => line[1] !== null);
}

/** Returns the message for machines: one JSON object, whose keys stay. */
export const messageJson = (message: RunMessage, sentAt: string): string =>
  `${JSON.stringify({ schema: MESSAGE_SCHEMA, sent_at: sentAt, ...bounded(message) })}\n`;
