/** Measures how `trace` grows with the failures: ten times as many against the same pod lifetimes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { draintrace, forget } from './draintrace.ts';
import { makeFailures } from './failure-data.ts';
import { median } from './measure.ts';

export interface TraceFigure {
  failures: number;
  pods: number;
  /** Seconds of `trace --format csv`, one a round. */
  wall: number[];
  cpu: (number | null)[];
  rss: number | null;
  /** Number of result rows. */
  answered: number;
}

/** Returns both figures, the larger one second. */
export async function traceFigures(
  failures: number,
  pods: number,
  rounds: number,
  work: string,
): Promise<[TraceFigure, TraceFigure]> {
  const make = (count: number): TraceFigure => ({ failures: count, pods, wall: [], cpu: [], rss: null, answered: 0 });
  const figures: [TraceFigure, TraceFigure] = [make(failures / 10), make(failures)];
  const db = (figure: TraceFigure) => join(work, `trace-${figure.failures}.duckdb`);
  for (const figure of figures) {
    const folder = join(work, `trace-${figure.failures}`);
    makeFailures(folder, figure.failures, pods);
    forget(db(figure));
    await draintrace(['load', folder, '--db', db(figure), '--quiet', '--captured-at', '2026-09-15T12:00:00Z']);
    rmSync(folder, { recursive: true });
  }
  for (let round = 0; round < rounds; round++) {
    for (const figure of figures) {
      const took = await draintrace(['trace', '--db', db(figure), '--format', 'csv']);
      figure.wall.push(took.wall);
      figure.cpu.push(took.cpu);
      figure.rss = Math.max(figure.rss ?? 0, took.rss ?? 0) || null;
      figure.answered = took.stdout.trimEnd().split('\n').length - 1;
    }
  }
  for (const figure of figures) {
    if (figure.answered !== figure.failures)
      throw new Error(`${figure.answered} verdicts of ${figure.failures} failures`);
    forget(db(figure));
  }
  return figures;
}

export const growth = ([small, large]: [TraceFigure, TraceFigure]): number => median(large.wall) / median(small.wall);
