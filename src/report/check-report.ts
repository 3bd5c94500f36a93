/** Prints the outcome of `check`: for a person, as JUnit, as JSON, or as annotations of GitHub Actions. */
import { emptyMessage, type RunMessage } from './message.ts';
import { count, printable, safeJson } from './text.ts';

export const CHECK_FORMATS = ['text', 'junit', 'json', 'github'] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** One limit, or (`name` is `data`) whether the data suffices for a judgement. */
export interface Checked {
  name: string;
  /** Most allowed failures; null for data. */
  limit: number | null;
  found: number;
  passed: boolean;
  /** One sentence about the finding. */
  message: string;
}

const xml = (text: string): string =>
  printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** GitHub reads one line, in which %, CR and LF must be escaped. */
const annotation = (text: string): string => printable(text).replaceAll('%', '%25');

function junit(checks: readonly Checked[]): string {
  const failures = checks.filter(({ passed }) => !passed).length;
  const cases = checks.map(({ name, passed, message }) => {
    const open = `    <testcase classname="draintrace.check" name="${xml(name)}"`;
    return passed ? `${open}/>` : `${open}>\n      <failure message="${xml(message)}"/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${checks.length}" failures="${failures}">`,
    `  <testsuite name="draintrace check" tests="${checks.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>\n',
  ].join('\n');
}

/** The judged window, times as ISO 8601; null is an open end. */
interface CheckWindow {
  from: string | null;
  to: string | null;
}

/** Returns the outcome, lines ended. Text and GitHub have a line for each failed check, and one line when all passed. */
export function printChecks(checks: readonly Checked[], { from, to }: CheckWindow, format: CheckFormat): string {
  const broken = checks.filter(({ passed }) => !passed);
  switch (format) {
    case 'junit':
      return junit(checks);
    case 'json':
      return `${safeJson({ passed: broken.length === 0, from, to, checks })}\n`;
    case 'github':
      return broken.map(({ name, message }) => `::error title=draintrace ${name}::${annotation(message)}\n`).join('');
    case 'text':
      if (broken.length === 0)
        return `passed: ${checks.map(({ name, message }) => `${name}: ${printable(message)}`).join('; ')}\n`;
      return broken.map(({ name, message }) => `${printable(name)}: ${printable(message)}\n`).join('');
  }
}

/** Returns the message about a check. */
export function checkMessage(checks: readonly Checked[], { from, to }: CheckWindow, exitCode: number): RunMessage {
  const broken = checks.filter(({ passed, limit }) => !passed && limit !== null);
  const limits = checks.filter(({ limit }) => limit !== null);
  const unknown = checks.filter(({ passed, limit }) => !passed && limit === null);
  const kept = `${count(limits.length, 'limit')} kept`;
  const title = broken.length > 0 ? `${broken.length} of ${count(limits.length, 'limit')} broken` : kept;
  return {
    ...emptyMessage('check', unknown.length > 0 && broken.length === 0 ? 'not enough data to judge' : title),
    outcome: broken.length > 0 ? 'limit_broken' : unknown.length > 0 ? 'incomplete' : 'passed',
    exit_code: exitCode,
    from,
    to,
    limits: broken.map(({ name, limit, found }) => ({ limit: name, most: limit!, found })),
    notes: [...broken, ...unknown].map(({ name, message }) => `${name}: ${message}`),
  };
}
