/**
 * How a question is answered on Athena: `whole` there, or from `fetched` rows. Verdicts read the log a dozen times and have more stages
 * than a stock engine likes, so their rows are fetched by two readings and judged here. A question that reads
 * verdicts many times is asked of `loaded` rows alone. Pure.
 */
import { viewRelations } from '../engine/relation.ts';
import type { Query } from '../query/catalogue.ts';
import { LOG_TABLES } from './evidence.ts';

/** Views that need more than 50 stages. */
const JUDGED = [
  ...['verdict', 'concluded', 'judged', 'measured', 'compared', 'keep_alive_race', 'rollout_failure', 'rollout'],
  ...['rollouts', 'affected_request', 'late_request'],
];

/** Views over failures, of which every row is fetched. */
const FAILED = ['failure', 'failures'];

/** Views that read more than evidence, and tables of logs. */
const OF_LOGS: ReadonlySet<string> = new Set([...viewRelations().map(({ name }) => name), ...LOG_TABLES]);

/** Returns how a question is answered: as its header says; without a header, by the relations that it names. */
export function answerWay({ athena, needs }: Pick<Query, 'needs'> & Partial<Pick<Query, 'athena'>>): Query['athena'] {
  if (athena !== undefined) return athena;
  const isComplete = needs.every((name) => [...JUDGED, ...FAILED].includes(name) || !OF_LOGS.has(name));
  return isComplete && needs.some((name) => JUDGED.includes(name)) ? 'fetched' : 'whole';
}

/** Views of which every row is needed: Athena computes them whole, by one more reading. */
export const WHOLE_VIEWS = ['request_length'];
