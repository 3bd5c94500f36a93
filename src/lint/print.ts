/** Prints findings: for people, as JSON, and as workflow commands of GitHub. */
import { count } from '../number/count.ts';
import type { Style } from '../report/style.ts';
import { printable, safeJson, wrap } from '../report/text.ts';
import type { LinePlace } from './field.ts';
import type { LintFinding } from './finding.ts';
import type { Linted } from './lint.ts';
import { ruleOf, SEVERITIES, type Severity } from './rule.ts';
import { sarif } from './sarif.ts';

export const LINT_FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type LintFormat = (typeof LINT_FORMATS)[number];

/** Name of standard input in answers. */
export const STDIN_NAME = 'stdin';

/** Returns the answer, lines ended. */
export function printLinted(
  linted: Linted,
  format: LintFormat,
  { style, version }: { style: Style; version: string },
): string {
  switch (format) {
    case 'json':
      return `${safeJson(asJson(linted))}\n`;
    case 'sarif':
      return `${safeJson(sarif(linted, version))}\n`;
    case 'github':
      return linted.findings.map(githubLine).join('');
    case 'text':
      return asText(linted, style);
  }
}

const WIDTH = 80;
const INDENT = '    ';

/** Returns `deploy.yaml:12:7`. */
export const placeText = ({ file, line, column }: LinePlace): string => `${printable(file)}:${line}:${column}`;

/** Multi-line text with unsafe characters shown. */
const safeLines = (text: string): string[] => text.replace(/\n$/, '').split('\n').map(printable);

function asText({ findings, judged, objects }: Linted, style: Style): string {
  const shown = new Map<string, string>();
  const parts = findings.map((one) => {
    const { severity, rule, subject, message, place, related, fix } = one;
    const tinted =
      severity === 'error' ? style.bad(severity) : severity === 'note' ? style.faint(severity) : style.strong(severity);
    const lines = [`${placeText(place)}: ${tinted}: ${printable(subject)} [${rule}]`];
    lines.push(...wrap(message, WIDTH, INDENT, INDENT));
    for (const { place: at, message: why } of related)
      lines.push(...wrap(`see ${placeText(at)}: ${why}`, WIDTH, INDENT, INDENT));
    if (fix !== null) {
      const before = shown.get(fix);
      if (before === undefined) lines.push(`${INDENT}fix:`, ...safeLines(fix).map((line) => `${INDENT}  ${line}`));
      else lines.push(`${INDENT}fix: the one of ${before}`);
      shown.set(fix, before ?? placeText(place));
    }
    return `${lines.join('\n')}\n`;
  });
  const counts = SEVERITIES.map((severity) => ({
    severity,
    n: findings.filter((one) => one.severity === severity).length,
  }));
  const summed = counts.filter(({ n }) => n > 0).map(({ severity, n }) => count(n, severity));
  const sum = summed.length === 0 ? 'nothing found' : summed.join(', ');
  const scope = `${count(objects, 'object')} read, ${count(judged, 'workload')} behind a load balancer`;
  return `${[...parts, `${sum}: ${scope}`].join('\n')}\n`;
}

function asJson({ findings, notes, troubles, objects, judged }: Linted): unknown {
  return {
    findings: findings.map((one) => ({
      rule: one.rule,
      severity: one.severity,
      subject: one.subject,
      message: one.message,
      ...one.place,
      related: one.related.map(({ place, message }) => ({ ...place, message })),
      fix: one.fix,
      why: ruleOf(one.rule).why,
      source: ruleOf(one.rule).source,
    })),
    notes: notes.map(({ place, message }) => ({ ...place, message })),
    unreadable: troubles.map(({ place, message }) => ({ ...place, message })),
    objects,
    judged,
  };
}

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** In a message of GitHub %, CR and LF are escaped; in a property also colon and comma. */
const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => escaped(printable(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');

function githubLine({ severity, rule, subject, message, place, fix }: LintFinding): string {
  // Standard input is no file of the repository, so its line would be shown nowhere.
  const at = place.file === STDIN_NAME ? '' : `file=${property(place.file)},line=${place.line},col=${place.column},`;
  const where = place.file === STDIN_NAME ? `line ${place.line}: ` : '';
  const cure = fix === null ? '' : `\nfix:\n${safeLines(fix).join('\n')}`;
  const text = `${printable(`${where}${subject}: ${message}`)}${cure}`;
  return `::${COMMANDS[severity]} ${at}title=${property(`draintrace ${rule}`)}::${escaped(text)}\n`;
}
