/** Counts the stages of a plan. A stock Trino warns of more than fifty, and refuses more than 150. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { runTrino } from './trino.ts';

/** Returns how many stages the engine plans for a statement. */
export async function stagesOf(origin: string, sql: string, schema: string): Promise<number> {
  const plan = await runTrino(origin, `explain (type distributed) ${sql}`, schema);
  const stages = [...String(plan.rows[0]![0]).matchAll(/^Fragment \d+/gm)].length;
  assert.ok(stages > 0, sql);
  return stages;
}

/** Prints the most stages that one of the named statements has, and fails where that is more than fifty. */
export function sayMost(t: TestContext, stages: Readonly<Record<string, number>>): void {
  const [most] = Object.entries(stages).sort(([, a], [, b]) => b - a);
  t.diagnostic(`the most stages of ${Object.keys(stages).length} statements: ${most![1]} (${most![0]})`);
  assert.deepEqual(
    Object.entries(stages).filter(([, count]) => count > 50),
    [],
  );
}
