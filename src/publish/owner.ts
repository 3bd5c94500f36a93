/**
 * Names of unfinished files. Each name says which process of which machine writes the file, so that another process can
 * tell a file that a killed process left behind from one that is being written now. Nobody can guess a name in advance.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { DAY_MS } from '../time/time.ts';

/** Unfinished files of another machine or container are kept until they have not been written to for this long. */
const FOREIGN_MS = DAY_MS;

const NAME = /^\.?draintrace-([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{16}\.part(?:\.wal(?:\.\w+)?)?$/;

/** Identity of this machine since its start, and of the process namespace. */
let machine: string | null = null;

function machineOf(): string {
  if (machine !== null) return machine;
  let seen: string;
  try {
    // Two containers on one machine both have a process 1, but each has its own process namespace.
    seen = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid');
  } catch {
    seen = hostname();
  }
  machine = createHash('sha256').update(seen).digest('hex').slice(0, 12);
  return machine;
}

/** Returns when a process started, in the kernel's ticks; 0 where the system does not say; null when it has ended. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in parentheses and may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19]!;
  } catch {
    try {
      process.kill(pid, 0);
      return '0';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? '0' : null;
    }
  }
}

let ownStart: string | null = null;

/** Returns a new name for an unfinished file or folder of this process. */
export function unfinishedName(): string {
  ownStart ??= startOf(process.pid) ?? '0';
  return `draintrace-${machineOf()}-${process.pid}-${ownStart}-${randomBytes(8).toString('hex')}.part`;
}

/** Returns whether a name belongs to an unfinished file whose process has ended, as far as can be known. */
export function isLeftBehind(name: string, modifiedMs: number, nowMs = Date.now()): boolean {
  const [, where, pid, start] = NAME.exec(name) ?? [];
  if (where === undefined) return false;
  if (where !== machineOf()) return nowMs - modifiedMs > FOREIGN_MS;
  const running = startOf(Number(pid));
  return running === null || (running !== '0' && start !== '0' && running !== start);
}

export const isUnfinished = (name: string): boolean => NAME.test(name);
