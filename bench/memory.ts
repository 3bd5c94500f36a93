/** Measures the peak memory of a load, and of one ten times as large. */
import { linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { draintrace, forget } from './draintrace.ts';

export interface MemoryFigure {
  /** Peak resident bytes, DuckDB's memory included. */
  once: number;
  tenfold: number;
}

const COPIES = 10;

/** Loads `folder`, then ten copies of its objects under other names (hard links, which need no more disk). */
export async function memoryFigure(folder: string, work: string): Promise<MemoryFigure | null> {
  const copies = join(work, 'tenfold');
  rmSync(copies, { recursive: true, force: true });
  const names = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.log.gz'));
  for (let copy = 0; copy < COPIES; copy++) {
    for (const name of names) {
      const to = join(copies, String(copy), name);
      mkdirSync(dirname(to), { recursive: true });
      linkSync(join(folder, name), to);
    }
  }
  const peak = async (source: string) => {
    const db = join(work, 'memory.duckdb');
    forget(db);
    const { rss } = await draintrace(['load', source, '--db', db, '--quiet']);
    forget(db);
    return rss;
  };
  const once = await peak(folder);
  const tenfold = await peak(copies);
  rmSync(copies, { recursive: true });
  return once === null || tenfold === null ? null : { once, tenfold };
}
