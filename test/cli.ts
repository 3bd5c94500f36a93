/** Runs the built program as a user does: another process, a fresh folder, an environment that holds nothing of ours. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'dist', 'bin', 'draintrace.js');

export interface CliOptions {
  /** Working directory; by default a fresh folder. */
  cwd?: string;
  /** Added to the environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Standard input; by default empty. */
  input?: string | Uint8Array;
  /** Milliseconds until SIGKILL. */
  timeout?: number;
  /** A program and its arguments that run the program behind them, such as `prlimit`. */
  under?: readonly string[];
}

export interface CliResult {
  /** Exit code; null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The command as it can be typed again, environment and folder included. */
  command: string;
  cwd: string;
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns a new empty folder that goes when the test process ends. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'draintrace-cli-'));
  folders.push(folder);
  return folder;
}

/** Lines that come every few seconds: how many is a matter of the machine's speed. */
const PROGRESS = /^(?:listing: [\d,]+ objects?|[\d,]+\/[\d,]+ objects?, .* so far)\n/gm;

/** Nothing may depend on the machine's time zone, so each run has another. */
const ZONES = ['UTC', 'Asia/Shanghai', 'America/St_Johns'];
let runs = 0;

function environment(home: string, added: Record<string, string | undefined> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|DRAINTRACE_|NODE_|TZ$|FORCE_COLOR$)/.test(name));
  const all = {
    ...Object.fromEntries(own),
    HOME: home,
    NO_COLOR: '1',
    TZ: ZONES[runs++ % ZONES.length],
    // Credentials come from the test or from nowhere.
    AWS_EC2_METADATA_DISABLED: 'true',
    ...added,
  };
  const set = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(set);
}

/** Starts `draintrace args...`; `done` settles when it has ended. For tests that interrupt it. */
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
  // A program that does not read its input is its own affair.
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

/** What happened, for people. */
export function describe({ command, status, signal, stdout, stderr }: CliResult): string {
  return [`command: ${command}`, `status: ${status ?? signal}`, `stdout:\n${stdout}`, `stderr:\n${stderr}`].join('\n');
}

/** Runs assertions on a result; the message of one that fails is followed by command, status, stdout and stderr. */
export function check(result: CliResult, assertions: (result: CliResult) => void): CliResult {
  try {
    assertions(result);
  } catch (error) {
    if (error instanceof Error) error.message = `${error.message}\n\n${describe(result)}`;
    throw error;
  }
  return result;
}

/** Asserts the exit code, and by default that a success says nothing of bugs. */
export function expectStatus(result: CliResult, status: number): CliResult {
  return check(result, () => {
    assert.equal(result.status, status, 'exit code');
    assert.doesNotMatch(result.stderr, /this is a bug/);
  });
}
