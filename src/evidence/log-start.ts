/** How a line of each log of Elastic Load Balancing starts, and where in a line it does. */
import { CLASSIC_ELB_LOG, NLB_LOG } from './other-log.ts';

export type LineLogKind =
  | 'alb_access_log'
  | 'alb_connection_log'
  | 'alb_health_check_log'
  | 'nlb_log'
  | 'classic_elb_log';

const CLOCK = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?`;
const TIME = `"?${CLOCK}"?`;
/** The first field, with both quotes or none: a line that is a string as a whole has one of them. */
const first = (field: string): string => `(?:"${field}"|${field})`;
const TYPE = first('[A-Za-z]\\w{0,19}');
const FIRST_TIME = first(CLOCK);
const IP = String.raw`\[?[\d.a-fA-F:]{2,45}\]?`;
const ENDPOINT = String.raw`"?${IP}:\d{1,5}"?`;
/** The rest of a line whose author replaced `app/<name>/<id>` by another name. */
const MASKED = String.raw`[^\s"/]{1,100}"? ${ENDPOINT} (?:${ENDPOINT}|"?-"?) (?:"?-?\d+(?:\.\d+)?"? ){3}"?\d{3}"? `;

/** At most one matches at a place, so their order does not matter. */
const LOGS: readonly (readonly [kind: LineLogKind, start: string, looksLike: string])[] = [
  ['alb_access_log', `${TYPE} ${TIME} "?(?:app/|${MASKED})`, 'ALB access log'],
  ['alb_connection_log', String.raw`${FIRST_TIME} "?${IP}"? "?\d{1,5}"? "?\d{1,5}"? `, 'ALB connection log'],
  [
    'alb_health_check_log',
    String.raw`${TYPE} ${TIME} "?(?:-|-?[\d.]+)"? \S+ \S+ "?(?:PASS|FAIL)\b`,
    'ALB health check log',
  ],
  ['nlb_log', String.raw`(?:tls|tcp|udp|tcp_udp|quic) \d+\.\d+ ${TIME} `, NLB_LOG],
  ['classic_elb_log', `${FIRST_TIME} [A-Za-z0-9-]{1,32} ${ENDPOINT} `, CLASSIC_ELB_LOG],
];

const BEGINNING = LOGS.map(([kind, start, looksLike]) => ({
  kind,
  looksLike,
  first: new RegExp(`^${start}`),
  // Behind a blank, the colon of grep, the bar of a table, a bracket, an apostrophe, or a mark of quotation or of Markdown.
  within: new RegExp(`(?:^|[\\s:|>\\]=('+\`-])(${start})`),
}));

/** Returns which log a line is of, by how it starts; null for none. */
export function lineLog(line: string): { kind: LineLogKind; looksLike: string } | null {
  const head = line.slice(0, 400);
  return BEGINNING.find(({ first }) => first.test(head)) ?? null;
}

/** Returns where a line of one of these logs begins in a line, -1 when none does. */
export function logStart(line: string): number {
  if (lineLog(line)) return 0;
  const head = line.slice(0, 1400);
  let start = -1;
  for (const { within } of BEGINNING) {
    const match = within.exec(head);
    if (!match) continue;
    const at = match.index + match[0].length - match[1]!.length;
    if (start === -1 || at < start) start = at;
  }
  return start;
}

/** A fence of Markdown or Jira, a heading of tail, or an action of Elasticsearch's bulk format: what is below may be told without unwrapping, and not be read. */
const WRAPPER_LINE =
  /^\s*(?:```|~~~|\{(?:code|noformat)\b|==> .* <==$|\{ ?"(?:index|create|update|delete)": ?\{.*\}\s*\}\s*$)/m;

/** Returns whether a text has a line that wraps what stands below it. */
export const hasWrapperLine = (text: string): boolean => WRAPPER_LINE.test(text);

export const isTar = (text: string): boolean => text.startsWith('ustar', 257);

/**
 * Returns which log a text is, from its first line alone; null where that does not tell, and `recognise` must look. It gives the same
 * answer, and knows much more.
 */
export function logOfFirstLine(text: string): { kind: LineLogKind; looksLike: string } | null {
  const end = text.search(/\r?\n/);
  return isTar(text) || hasWrapperLine(text) ? null : lineLog(end < 0 ? text : text.slice(0, end));
}
