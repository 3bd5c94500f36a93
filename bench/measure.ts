/** Runs a program and measures its time, processor time and peak memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  /** Seconds from start to exit. */
  wall: number;
  /** Seconds of processor time, user and system, over all threads; null without /proc. */
  cpu: number | null;
  /** Peak resident bytes; null without /proc. */
  rss: number | null;
  stdout: string;
  stderr: string;
}

/** Interval between two reads of /proc. Work after the last read is not counted. */
const LOOK_MS = 10;
/** Ticks of utime and stime in a second: USER_HZ, the same on every Linux. */
const TICKS = 100;

interface Look {
  cpu: number;
  rss: number;
}

function look(pid: number): Look | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields after the name, which may hold blanks: utime and stime are fields 14 and 15 of the line.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    if (!peak) return null;
    return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS, rss: Number(peak[1]) * 1024 };
  } catch {
    return null;
  }
}

/** Returns the measurement of a run. Throws for an exit code that is not in `accepted`. */
export function measure(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  accepted: readonly number[] = [0],
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const out: [string, string] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out[0] += chunk;
    });
    child.stderr.on('data', (chunk) => {
      out[1] += chunk;
    });
    let last: Look | null = null;
    const timer = setInterval(() => {
      last = look(child.pid!) ?? last;
    }, LOOK_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      const wall = (performance.now() - began) / 1000;
      const [stdout, stderr] = out;
      if (code === null || !accepted.includes(code))
        reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stderr}`));
      else resolve({ wall, cpu: last?.cpu ?? null, rss: last?.rss ?? null, stdout, stderr });
    });
  });
}

/** Returns the middle value; of two middle values the lower. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
