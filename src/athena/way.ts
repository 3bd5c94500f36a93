/**
 * How a question is answered on Athena: `whole` there, or from `fetched` rows. Verdicts read the log a dozen times and have more stages
 * than a stock engine likes, so their rows are fetched by two readings and judged here. Pure.
 */
import type { Query } from '../query/catalogue.ts';
import { evidenceViews } from '../store/evidence-view.ts';
import { FACT_TABLES } from '../store/table.ts';

/** Views that need more than 50 stages. */
const JUDGED = [
  ...['verdict', 'concluded', 'judged', 'measured', 'compared', 'keep_alive_race', 'rollout_failure', 'rollout'],
  ...['rollouts', 'affected_request', 'late_request'],
];

/** All other relations of which every row is fetched. */
const COMPLETE: readonly string[] = [
  ...['failure', 'failures', 'setting', 'rule', 'kind_step'],
  ...Object.values(FACT_TABLES).map(({ name }) => name),
  ...evidenceViews(),
];

/** Returns how a question is answered: as its header says; without a header, by the relations that it names. */
export function wayOf({ athena, needs }: Pick<Query, 'needs'> & Partial<Pick<Query, 'athena'>>): Query['athena'] {
  if (athena !== undefined) return athena;
  const isComplete = needs.every((name) => JUDGED.includes(name) || COMPLETE.includes(name));
  return isComplete && needs.some((name) => JUDGED.includes(name)) ? 'fetched' : 'whole';
}
