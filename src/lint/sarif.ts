/** Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab, Azure DevOps and editors read. */
import { printable } from '../report/text.ts';
import type { LinePlace } from './field.ts';
import type { LintFinding } from './finding.ts';
import type { Linted } from './lint.ts';
import { RULES } from './rule.ts';

/** Returns the log as a value. */
export function sarif({ findings, troubles, notes }: Linted, version: string): unknown {
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'draintrace lint',
            version,
            semanticVersion: version,
            rules: RULES.map(({ id, severity, statement, why, source }) => ({
              id,
              shortDescription: { text: statement },
              fullDescription: { text: why },
              help: { text: `${why} Source: ${source}.` },
              defaultConfiguration: { level: severity },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: troubles.length === 0,
            toolExecutionNotifications: [
              ...troubles.map((one) => notification('error', one)),
              ...notes.map((one) => notification('note', one)),
            ],
          },
        ],
        results: findings.map(result),
      },
    ],
  };
}

function result({ rule, severity, subject, message, place, related, fix }: LintFinding): unknown {
  const text = `${subject}: ${message}`;
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: fix === null ? text : `${text}\nfix:\n${fix.trimEnd()}` },
    locations: [location(place)],
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((one) => ({ ...location(one.place), message: { text: one.message } })) }),
    // A finding is the same one in the next version of the file, wherever its line is then.
    partialFingerprints: { 'draintrace/v1': `${rule} ${subject}` },
  };
}

const notification = (level: 'error' | 'note', { place, message }: { place: LinePlace; message: string }): unknown => ({
  level,
  message: { text: `${place.file}:${place.line} ${message}` },
  locations: [location(place)],
});

/** A relative reference: its first part would be a scheme if it had a colon. */
function uriOf(file: string): string {
  const path = file.replace(/^\.\//, '').replaceAll('\\', '/').split('/').map(encodePart).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}

/** A lone surrogate has no bytes, so it is shown instead. */
const encodePart = (part: string): string => encodeURIComponent(/\p{Cs}/u.test(part) ? printable(part) : part);

const location = ({ file, line, column }: LinePlace): { physicalLocation: unknown } => ({
  physicalLocation: {
    artifactLocation: { uri: uriOf(file) },
    region: { startLine: line, startColumn: column },
  },
});
