/** The tables and views that people ask, before those that the views are made of, each with one line about it. */
import { readViewFiles } from './evidence-view.ts';
import { TABLES } from './table.ts';

/** In the order in which somebody who looks at an incident needs them. A test holds that each exists. */
export const MAIN_RELATIONS = [
  ...[
    'verdict',
    'failure',
    'rollout',
    'rollout_failure',
    'late_request',
    'alb_log',
    'pod_life',
    'lives',
    'target_life',
  ],
  ...['contradiction', 'log_object', 'rejected_line', 'connection_log', 'health_check', 'pod_fact', 'node_fact'],
  ...['service_fact', 'target_state', 'probe_result', 'setting'],
] as const;

/** Returns one line about each table and view: the first sentence of its description, or the title of the view. */
export function relationTitles(): ReadonlyMap<string, string> {
  const titles = new Map(readViewFiles().map(({ name, title }) => [name, title]));
  for (const { name, description } of TABLES)
    titles.set(name, /^.*?[.:;](?=\s|$)/.exec(description)?.[0].slice(0, -1) ?? description);
  return titles;
}
