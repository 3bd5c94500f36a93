/**
 * Runs test files in one process with short property tests: `node --import tsx test/quick.ts FILE...`, the inner loop of
 * `make check`. Starting a process for each file costs more than most of the tests. `make test` runs the same files in full.
 */
import { resolve } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';

/** A property that has held for so long passes. */
const PROPERTY_MS = 50;

fc.configureGlobal({ interruptAfterTimeLimit: PROPERTY_MS, markInterruptAsFailure: false });

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);

after(() => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`quick tests: ${((user + system) / 1e6).toFixed(1)} s of CPU\n`);
});
