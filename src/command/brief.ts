/** Reads the answer in three lines for `report --brief` and `nightly`: what failed, why, and what to do. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogueQuery } from '../query/catalogue.ts';
import { type BoundValue, defaultValues } from '../query/parameter.ts';
import { Answer, type AnswerRow, type BriefAnswer, briefLines, type RolloutShare } from '../report/answer.ts';
import type { Incident } from '../report/incident.ts';
import { isNextIncident } from '../report/incident-pause.ts';
import type { Unproven } from '../report/traffic-shape.ts';
import { select } from '../store/select.ts';
import type { Micros } from '../time/time.ts';
import type { Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import { type Asked, coverageOf, sayCoverage } from './coverage.ts';
import { shapesOf } from './traffic-shape.ts';

/** Causes for which a rollout may be to blame, as the view rollout_failure has them. */
const OF_ROLLOUTS = [
  'draining_target',
  'killed_in_flight',
  'drain_delay_elapsed',
  'not_ready_target',
  'no_healthy_target',
];

/** Returns the rollouts behind the failures of a window. Asks only if one of the causes can be a rollout's. */
export async function rolloutsOf(
  connection: DuckDBConnection,
  { from, to, target_group: group, lb }: Readonly<Record<string, BoundValue>>,
  causes: ReadonlySet<string>,
): Promise<RolloutShare[]> {
  if (!OF_ROLLOUTS.some((cause) => causes.has(cause))) return [];
  const rows = await ask(connection, 'answer-rollouts', { from: from!, to: to!, target_group: group!, lb: lb! });
  return rows as unknown as RolloutShare[];
}

type BriefRow = AnswerRow & { target_group_arn: string | null };

/** An incident as far as the answer needs it; times as printed. */
interface BriefIncident extends Unproven {
  failures: number;
  /** Without evidence, or likely at most. */
  unexplained: number;
}

/** The answer, and how much of the window is loaded. */
export interface Brief {
  answer: BriefAnswer;
  loaded: 'all' | 'part' | 'none';
  /** For people, lines ended. */
  text: string;
}

/**
 * Returns the answer of a window. Without failures its first sentence says of how many requests, or what is loaded instead.
 * Rollouts read the verdicts again, which takes long where nobody has kept them.
 */
export async function readBrief(
  connection: DuckDBConnection,
  window: { from: Micros | null; to: Micros | null },
  zone: Zone,
  { withRollouts = true }: { withRollouts?: boolean } = {},
): Promise<Brief> {
  const query = catalogueQuery('trace');
  const parameters: Record<string, BoundValue> = {
    ...defaultValues(query.parameters),
    from: { type: 'timestamp', value: window.from },
    to: { type: 'timestamp', value: window.to },
  };
  const answer = new Answer();
  const incidents: BriefIncident[] = [];
  // Rows come newest first; an incident is of one target group.
  const open = new Map<string, BriefIncident>();
  const { columns, chunks } = await select(connection, query.sql, parameters);
  for await (const rows of chunks) {
    for (const cells of rows) {
      const row = Object.fromEntries(columns.map(({ name }, i) => [name, cells[i]])) as unknown as BriefRow;
      answer.add(row);
      const begun = row.request_creation_time ?? row.time;
      let incident = open.get(String(row.target_group_arn));
      if (incident === undefined || isNextIncident(Date.parse(row.time), Date.parse(incident.first))) {
        incident = {
          targetGroup: String(row.target_group_arn),
          first: begun,
          last: row.time,
          failures: 0,
          unexplained: 0,
        };
        incidents.push(incident);
        open.set(incident.targetGroup, incident);
      }
      incident.failures++;
      if (row.cause === 'no_evidence' || row.confidence === 'likely') incident.unexplained++;
      if (begun < incident.first) incident.first = begun;
      if (row.time > incident.last) incident.last = row.time;
    }
  }
  const asked: Asked = { ...window, targetGroup: null, lb: null };
  const covered = await coverageOf(connection, asked);
  const rollouts = withRollouts ? await rolloutsOf(connection, parameters, answer.words) : [];
  const unproven = incidents.filter(({ failures, unexplained }) => 2 * unexplained > failures);
  const looks = await shapesOf(connection, parameters, unproven, zone);
  const context = { requests: covered.requests, incidents: incidents.length, rollouts, zone, shapeFix: looks.fix };
  const brief = answer.brief(context);
  const lined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  if (brief.failures > 0) return { answer: brief, loaded: 'all', text: lined([...briefLines(brief), ...looks.lines]) };
  const { text, loaded } = sayCoverage(covered, asked, zone);
  return { answer: { ...brief, what: text.trim().replace(/\n(?: {2})?/g, ' ') }, loaded, text };
}

/** Returns an incident without failures with what that means: of how many requests, or that they are unknown. */
export function withCoverage(incident: Incident, { answer, loaded }: Brief): Incident {
  const unknown = {
    cause: 'The failures of the window are unknown.',
    fix: 'Load its access logs: draintrace load SOURCE.',
  };
  return { ...incident, headline: answer.what, ...(loaded === 'none' ? unknown : {}) };
}
