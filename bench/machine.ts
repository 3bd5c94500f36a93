/** Describes the machine of a measurement. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  date: string;
  commit: string;
  processor: string;
  cores: number;
  memory: string;
  system: string;
  versions: Record<string, string>;
  /** Over 1, 5 and 15 minutes before the run. A value near the number of cores means a noisy machine. */
  load: number[];
}

const ROOT = new URL('..', import.meta.url);

function firstLine(program: string, args: readonly string[]): string | null {
  try {
    return execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')[0]!
      .trim();
  } catch {
    return null;
  }
}

const packageVersion = (name: string): string =>
  (JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, ROOT), 'utf8')) as { version: string }).version;

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: firstLine('git', ['describe', '--always', '--dirty']) ?? 'unknown',
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()}`,
    versions: {
      node: process.version,
      '@duckdb/node-api': packageVersion('@duckdb/node-api'),
      'csv-parse': packageVersion('csv-parse'),
      goaccess: firstLine('goaccess', ['--version']) ?? 'not installed',
    },
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}
