/**
 * The rounds of a probe transcript. The script prints, for each round n with a local time before each step:
 *
 *     n starts kube pod [2023-01-07 17:22:40.926437] ;
 *     <the table of kubectl get pods -o wide>
 *     <the JSON of aws elbv2 describe-target-health>
 *     n starts curl [2023-01-07 17:22:42.554251] ;
 *     <whatever was answered>
 *     n ends curl [2023-01-07 17:22:52.765480];
 */
import type { Rejection } from './fact.ts';
import { type JsonPiece, splitJson } from './json-stream.ts';
import { type PodRow, readPodTable } from './kubectl-table.ts';
import { type Interval, parseTime } from './moment.ts';
import { reject } from './rejection.ts';

/** One round of questions to the cluster and to the load balancer, with its time. */
export interface Round {
  line: number;
  /** From the start of kubectl to the start of curl: both answers were given in it. */
  asked: Interval;
  /** null when kubectl printed no table. `whole`: no row of it was rejected. */
  pods: { rows: PodRow[]; whole: boolean } | null;
  /** null when the load balancer's answer is missing or broken. */
  targets: JsonPiece | null;
}

/** The clock of a BSD date prints a literal 6N where GNU date prints microseconds. */
const MARK = /^\s*(\d+) (starts kube pod|starts curl|ends curl)\s*\[([^\]]{19,32}?)(?:\.?\d?N)?\]\s*;?\s*$/;

/** Returns whether a line is one that the script itself prints. */
export const isMark = (line: string): boolean => MARK.test(line);

interface Mark {
  step: string;
  line: number;
  moment: Interval | null;
}

/** Returns the complete rounds in order; a round that was cut or whose clock ran backwards is rejected whole. */
export function readRounds(text: string, timezoneMinutes: number): { rounds: Round[]; rejected: Rejection[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const marks = lines.flatMap((line, index): Mark[] => {
    const match = MARK.exec(line);
    return match ? [{ step: match[2]!, line: index + 1, moment: parseTime(match[3]!, timezoneMinutes) }] : [];
  });
  const rounds: Round[] = [];
  const rejected: Rejection[] = [];
  const firstLine = marks[0]?.line ?? lines.length + 1;
  const preface = lines.slice(0, firstLine - 1).join('\n');
  if (preface.trim() !== '') rejected.push(reject(1, 'no_round: text before the first round', preface));
  for (const [index, mark] of marks.entries()) {
    if (mark.step !== 'starts kube pod') continue;
    // A round that lost its curl line was over when the next one began.
    const next = marks[index + 1];
    const body = lines.slice(mark.line, (next?.line ?? lines.length + 1) - 1);
    const wrong = wrongTimes(mark, next);
    if (wrong) {
      rejected.push(reject(mark.line, wrong, [lines[mark.line - 1], ...body].join('\n')));
      continue;
    }
    const asked = { earliest: mark.moment!.earliest, latest: next!.moment!.latest };
    rounds.push(readRound(body, mark.line, asked, rejected));
  }
  return { rounds, rejected };
}

function wrongTimes(mark: Mark, next: Mark | undefined): string | null {
  if (!mark.moment) return 'bad_time: starts kube pod';
  if (!next || next.step === 'ends curl') return 'cut_round: the time after kubectl is missing';
  if (!next.moment) return `bad_time: ${next.step}`;
  return next.moment.latest < mark.moment.earliest ? 'bad_order: the next step has an earlier time' : null;
}

function readRound(body: string[], line: number, asked: Interval, rejected: Rejection[]): Round {
  const round: Round = { line, asked, pods: null, targets: null };
  const jsonAt = body.findIndex((text) => /^\s*[{[]/.test(text));
  const head = jsonAt === -1 ? body : body.slice(0, jsonAt);
  const headerAt = head.findIndex((text) => /^NAME(SPACE)? .*\bSTATUS\b/.test(text));
  const afterHeader = headerAt === -1 ? [] : head.slice(headerAt);
  // The table ends at the first empty line, or where another program speaks without columns.
  const length = afterHeader.findIndex((text) => text.trim() === '' || !/\S\s{2,}\S/.test(text));
  const table = length === -1 ? afterHeader : afterHeader.slice(0, length);
  if (table.length > 0) {
    const read = readPodTable(table, line + 1 + headerAt);
    round.pods = { rows: read.rows, whole: read.rejected.length === 0 };
    for (const rejection of read.rejected) rejected.push(rejection);
  }
  const blankAt = head.findIndex((text, index) => index > headerAt && text.trim() === '');
  const tableEnd = blankAt === -1 ? head.length : blankAt;
  for (const [index, text] of head.entries()) {
    const inTable = headerAt !== -1 && index >= headerAt && index < headerAt + table.length;
    if (inTable || text.trim() === '') continue;
    if (/^No resources found/.test(text)) {
      round.pods ??= { rows: [], whole: true };
    } else {
      rejected.push(reject(line + 1 + index, 'unexpected_line', text));
      // Before the empty line that aws puts before its errors, it may be a row that was overwritten.
      if (round.pods && index < tableEnd) round.pods.whole = false;
    }
  }
  if (jsonAt === -1) return round;
  for (const piece of splitJson(body.slice(jsonAt).join('\n'), line + 1 + jsonAt)) {
    if (piece.error !== null) rejected.push(reject(piece.line, piece.error, piece.text));
    else if (round.targets) rejected.push(reject(piece.line, 'unexpected_value', piece.text));
    else round.targets = piece;
  }
  return round;
}
