/** Runs the built program as a user does: in its own process, a fresh folder and a clean environment. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'dist', 'bin', 'draintrace.js');

export interface CliOptions {
  /** Working directory; default: a fresh folder. */
  cwd?: string;
  /** Added to the environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  /** Standard input; default: empty. */
  input?: string | Uint8Array;
  /** Milliseconds until SIGKILL. */
  timeout?: number;
  /** A wrapper program with its arguments, such as `prlimit`. */
  under?: readonly string[];
}

export interface CliResult {
  /** Exit code; null if a signal ended the process. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The command in a form that can be typed again, with environment and folder. */
  command: string;
  cwd: string;
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns a new empty folder that is removed when the test process ends. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-cli-'));
  folders.push(folder);
  return folder;
}

/** Lines that appear every few seconds, so their number depends on the machine's speed. */
const PROGRESS = /^(?:listing: [\d,]+ objects?|judging the failures|[\d,]+\/[\d,]+ objects?, .* so far)\n/gm;

/** The result must not depend on the machine's time zone, so each run gets another zone. */
const ZONES = ['UTC', 'Asia/Shanghai', 'America/St_Johns'];
let runs = 0;

function environment(home: string, added: Record<string, string | undefined> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|DRAINTRACE_|NODE_|TZ$|FORCE_COLOR$)/.test(name));
  const all = {
    ...Object.fromEntries(own),
    HOME: home,
    NO_COLOR: '1',
    TZ: ZONES[runs++ % ZONES.length],
    // Only the test may provide credentials.
    AWS_EC2_METADATA_DISABLED: 'true',
    ...added,
  };
  const set = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(set);
}

/** Starts `draintrace args...` for tests that interrupt it; `done` settles when the process has ended. */
export function startCli(
  args: readonly string[],
  options: CliOptions = {},
): { child: ChildProcess; done: Promise<CliResult> } {
  assert.ok(existsSync(BIN), `${BIN} is missing: run make build`);
  const cwd = options.cwd ?? freshFolder();
  const env = environment(cwd, options.env);
  const [program, ...words] = [...(options.under ?? []), process.execPath, BIN, ...args] as [string, ...string[]];
  const child = spawn(program, words, { cwd, env, timeout: options.timeout ?? 60_000 });
  const out: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  child.stdout.on('data', (chunk: Buffer) => out.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => out.stderr.push(chunk));
  // The program may end without reading its input.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const shown = [`TZ=${env.TZ}`, ...Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value ?? ''}`)];
  const command = `cd ${cwd} && ${shown.join(' ')} ${[program, ...words].map(quote).join(' ')}`;
  const done = new Promise<CliResult>((settle, fail) => {
    child.on('error', fail);
    child.on('close', (status, signal) => {
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(out[name]).toString();
      settle({ status, signal, stdout: text('stdout'), stderr: text('stderr').replace(PROGRESS, ''), command, cwd });
    });
  });
  return { child, done };
}

/** Runs `draintrace args...` to its end. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).done;
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Describes the run for people. */
export function describe({ command, status, signal, stdout, stderr }: CliResult): string {
  return [`command: ${command}`, `status: ${status ?? signal}`, `stdout:\n${stdout}`, `stderr:\n${stderr}`].join('\n');
}

/** Runs assertions on a result. On failure the message includes command, status, stdout and stderr. */
export function check(result: CliResult, assertions: (result: CliResult) => void): CliResult {
  try {
    assertions(result);
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message}\n\n${describe(result)}`;
    throw error;
  }
  return result;
}

/** Asserts the exit code, and by default that a success reports no bug. */
export function expectStatus(result: CliResult, status: number): CliResult {
  return check(result, () => {
    assert.equal(result.status, status, 'exit code');
    assert.doesNotMatch(result.stderr, /this is a bug/);
  });
}
