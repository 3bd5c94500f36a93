/** Loads many small objects, in turn with the tuned recipe: 30 objects of 1,000 lines, and 20,000 objects of 50 lines. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logFile } from '../test/load/log.ts';
import { logKey } from '../test/s3/ask.ts';
import { draintrace, forget, script } from './draintrace.ts';
import { median } from './measure.ts';
import { assertSame } from './same.ts';

interface Took {
  wall: number;
  cpu: number | null;
}

export interface SmallFigure {
  objects: number;
  lines: number;
  /** One a round. */
  load: Took[];
  recipe: Took[];
  /** Most times the recipe's wall time. */
  most: number;
}

const SIZES = [
  { objects: 30, lines: 1000, most: 1.5 },
  { objects: 20_000, lines: 50, most: 2 },
];

/** Returns the figures of both sizes. Throws if the rows of draintrace and the recipe differ. */
export async function smallFigures(rounds: number, data: string, work: string): Promise<SmallFigure[]> {
  const figures: SmallFigure[] = [];
  for (const { objects, lines, most } of SIZES) {
    const folder = join(data, `small-${objects}-${lines}`);
    makeSmall(folder, objects, lines);
    const [full, tuned] = [join(work, 'small.duckdb'), join(work, 'small-tuned.duckdb')];
    const figure: SmallFigure = { objects, lines, load: [], recipe: [], most };
    for (let round = 0; round < rounds; round++) {
      forget(full);
      figure.load.push(await draintrace(['load', folder, '--db', full, '--quiet', '--no-judge']));
      figure.recipe.push(await script<Took>('rival/recipe.ts', [folder, tuned, 'tuned']));
    }
    await assertSame(full, tuned);
    forget(full);
    forget(tuned);
    figures.push(figure);
  }
  return figures;
}

/** Times of the recipe that `load` takes: the median of the rounds. */
export const smallRatio = ({ load, recipe }: SmallFigure, by: 'wall' | 'cpu'): number =>
  median(load.map((took, round) => (took[by] ?? Number.NaN) / (recipe[round]![by] ?? Number.NaN)));

/** Writes the objects, one for each five minutes of four nodes. Keeps those of an earlier run. */
function makeSmall(folder: string, objects: number, lines: number): void {
  if (existsSync(join(folder, 'made'))) return;
  for (let index = 0; index < objects; index++) {
    const start = Date.UTC(2026, 8, 15) + Math.floor(index / 4) * 300_000;
    const end = new Date(start + 300_000).toISOString();
    const path = join(folder, logKey('', end, { ip: `10.0.${index % 4}.5` }));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, logFile({ rows: lines, seed: index + 1, start, failEvery: 40 }));
  }
  writeFileSync(join(folder, 'made'), '');
}
