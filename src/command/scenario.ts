/** Reads scenarios and prints their files. Each file of samples/scenario/ is one scenario. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { checkScenario, ScenarioError } from '../simulate/check.ts';
import type { Scenario } from '../simulate/scenario.ts';
import type { OutFile } from '../simulate/write/file.ts';

/** The path is right from src/ and from dist/. */
const FOLDER = new URL('../../samples/scenario/', import.meta.url);

/** Returns the names of the scenarios. */
export const scenarioNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -5))
    .sort();

/** Returns the scenario of that name. Throws ScenarioError for an invalid file. */
export const namedScenario = (name: string): Scenario => readScenario(new URL(`${name}.json`, FOLDER));

/** Returns the scenario of a file. Throws ScenarioError and file system errors. */
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

/** Returns the bytes of a simulation's file, the same on every system. */
export function bytesOf({ path, text }: OutFile): Uint8Array {
  if (!path.endsWith('.gz')) return Buffer.from(text);
  const bytes = gzipSync(text, { level: 6 });
  // zlib writes no time, but a byte for the operating system.
  bytes[9] = 3;
  return bytes;
}
