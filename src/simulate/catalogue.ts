/** The scenarios that come with the program: each file of samples/scenario/ is one. */
import { readdirSync, readFileSync } from 'node:fs';
import { checkScenario, ScenarioError } from './check.ts';
import type { Scenario } from './scenario.ts';

/** Beside src/ and beside dist/ alike. */
const FOLDER = new URL('../../samples/scenario/', import.meta.url);

/** Returns their names. */
export const scenarioNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();

/** Returns the scenario of that name. Throws ScenarioError where its file is not as it should be. */
export const namedScenario = (name: string): Scenario => readScenario(new URL(`${name}.json`, FOLDER));

/** Returns the scenario of a file. Throws ScenarioError, and what reading a file throws. */
export function readScenario(path: string | URL): Scenario {
  const text = readFileSync(path, 'utf8');
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (error) {
    throw new ScenarioError(`it is not JSON: ${(error as Error).message}`);
  }
  return checkScenario(said);
}
