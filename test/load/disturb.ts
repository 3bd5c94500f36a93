/** Injects faults into the program's own threads: a read error, a thread that ends, a full disk for the spool. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Disturbance {
  /**
   * `EIO`: reading fails. `exit`: the thread ends by itself. `memory`: the thread runs out of memory. `ENOSPC`: writing
   * fails.
   */
  kind: 'EIO' | 'exit' | 'memory' | 'ENOSPC';
  /** End of the file's path. */
  file: string;
  /** The first read or write of such files that fails, counted in each thread. */
  at: number;
}

/** Loaded before the program, in each of its threads. */
const PRELOAD = `
const fs = require('node:fs');
const { isMainThread } = require('node:worker_threads');
const fault = JSON.parse(process.env.DISTURBANCE);
const paths = new Map();
let met = 0;
const isMet = (fd) => String(paths.get(fd)).endsWith(fault.file) && ++met >= fault.at;
const refusal = () => Object.assign(new Error(fault.kind + ': injected'), { code: fault.kind });
if (!isMainThread && fault.kind === 'ENOSPC') {
  const { openSync, writevSync } = fs;
  fs.openSync = (path, ...rest) => {
    const fd = openSync(path, ...rest);
    paths.set(fd, path);
    return fd;
  };
  fs.writevSync = (fd, pieces) => {
    if (isMet(fd)) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    // A disk that fills up takes a part of a write first.
    const some = pieces.slice(0, 3);
    const last = some.pop();
    return writevSync(fd, [...some, last.subarray(0, Math.ceil(last.length / 2))]);
  };
} else if (!isMainThread) {
  const { open, read } = fs;
  fs.open = (path, ...rest) => {
    const done = rest.pop();
    open(path, ...rest, (error, fd) => {
      if (!error) paths.set(fd, path);
      done(error, fd);
    });
  };
  fs.read = (fd, ...rest) => {
    if (!isMet(fd)) return read(fd, ...rest);
    if (fault.kind === 'exit') process.exit(9);
    for (const held = []; fault.kind === 'memory'; ) held.push(new Array(1e6).fill(0.5));
    process.nextTick(rest.at(-1), refusal());
  };
}
require('node:module').syncBuiltinESMExports();
`;

/** Returns the environment that injects the fault. */
export function disturbedBy(fault: Disturbance, folder: string): Record<string, string> {
  const preload = join(folder, 'disturb.cjs');
  writeFileSync(preload, PRELOAD);
  return { NODE_OPTIONS: `--require ${preload}`, DISTURBANCE: JSON.stringify(fault) };
}
