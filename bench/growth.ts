/**
 * Measures the cost of the local path as the logs grow: `node --import tsx bench/growth.ts [--gb 1,3,10] [--rows N] [--work DIR]`.
 * Loads several copies of one gigabyte of log text, whole and with --keep failures, and queries an hour of them. The figures in
 * docs/scaling.md come from it. A copy has other objects with the same rows (hard links), so memory and time are those of more
 * rows, but values that are stored once for all rows are stored once.
 */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { draintrace, forget } from './draintrace.ts';
import { describeMachine } from './machine.ts';
import { makeData } from './make-data.ts';
import type { Measured } from './measure.ts';

const { values } = parseArgs({
  options: {
    gb: { type: 'string', default: '1,3,10' },
    rows: { type: 'string', default: '1355000' },
    work: { type: 'string', default: 'bench/data/growth' },
  },
});
const sizes = values.gb.split(',').map(Number);
const base = join(values.work, 'base');
const copies = join(values.work, 'copies');

const made = await makeData(Number(values.rows), 32, base, 7);
const names = readdirSync(base, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.log.gz'));
process.stdout.write(`${JSON.stringify(describeMachine())}\n`);

for (const gb of sizes) {
  rmSync(copies, { recursive: true, force: true });
  for (let copy = 0; copy < gb; copy++) {
    for (const name of names) {
      const to = join(copies, String(copy), name);
      mkdirSync(dirname(to), { recursive: true });
      linkSync(join(base, name), to);
    }
  }
  for (const keep of ['all', 'failures']) {
    const db = join(values.work, 'growth.duckdb');
    forget(db);
    const load = await draintrace(['load', copies, '--keep', keep, '--db', db, '--quiet']);
    const question = await draintrace(['query', 'failures-per-minute', '--db', db, '--format', 'ndjson']);
    const line = {
      text_gb: (gb * made.text) / 1e9,
      stored_gb: (gb * made.stored) / 1e9,
      keep,
      load: figures(load),
      question: figures(question),
      database_gb: statSync(db).size / 1e9,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    forget(db);
  }
}
rmSync(values.work, { recursive: true, force: true });

function figures({ wall, cpu, rss }: Measured): { seconds: number; cpu: number | null; mb: number | null } {
  return { seconds: Number(wall.toFixed(1)), cpu: cpu && Number(cpu.toFixed(1)), mb: rss && Math.round(rss / 1e6) };
}
