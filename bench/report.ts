/** Prints the results of the benchmark. */
import { type Contest, type Figure, ratio } from './contest.ts';
import { median } from './measure.ts';
import type { StartFigure } from './start.ts';
import type { TraceFigure } from './trace.ts';

/** A figure with its target. */
export interface Bar {
  name: string;
  unit: string;
  value: number;
  least?: number;
  most?: number;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log([line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n'));
}

const seconds = (values: readonly (number | null)[]): string => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? '' : `${median(known).toFixed(1)} (${known.map((value) => value.toFixed(1)).join(', ')})`;
};

export function printFigures(figures: readonly Figure[]): void {
  const recipe = figures.find(({ name }) => name === 'DuckDB recipe, tuned');
  table(
    [
      'contender',
      'seconds',
      'CPU seconds',
      'MB/s of text',
      'peak MB',
      'file MB',
      'tuned recipe / this: wall, CPU',
      'note',
    ],
    figures.map((figure) => {
      const comparable = recipe && figure.wall.length === recipe.wall.length && figure.text === recipe.text;
      const times = comparable ? ratio(recipe, figure) : null;
      return [
        figure.name,
        seconds(figure.wall),
        seconds(figure.cpu),
        figure.text > 0 ? (figure.text / 1e6 / median(figure.wall)).toFixed(0) : '',
        figure.rss === null ? '' : (figure.rss / 1e6).toFixed(0),
        figure.file === null ? '' : (figure.file / 1e6).toFixed(0),
        times ? `${times.wall.toFixed(2)}x, ${times.cpu.toFixed(2)}x` : '',
        figure.note,
      ];
    }),
  );
}

/** Bars of all shapes of traffic together: in each, and in the geometric mean. */
export function barsOfShapes(contests: readonly { shape: string; contest: Contest }[]): Bar[] {
  const bars: Bar[] = [];
  let product = 1;
  for (const { shape, contest } of contests) {
    const named = naming(contest);
    const full = named('draintrace load');
    const recipe = named('DuckDB recipe, tuned');
    const failures = named('draintrace load --keep failures');
    const speed = ratio(recipe, full);
    product *= speed.wall;
    bars.push(
      { name: `${shape}: full load against the tuned recipe, wall`, unit: 'x', value: speed.wall, least: 1.3 },
      { name: `${shape}: the same, CPU`, unit: 'x', value: speed.cpu, least: 1.3 },
      { name: `${shape}: file against the recipe's`, unit: 'x', value: full.file! / recipe.file!, most: 1 },
      {
        name: `${shape}: --keep failures against the full load, CPU`,
        unit: 'x',
        value: ratio(full, failures).cpu,
        least: 1.5,
      },
      { name: `${shape}: peak memory`, unit: 'MB', value: (full.rss ?? 0) / 1e6, most: 700 },
    );
  }
  bars.push({
    name: `full load against the tuned recipe, mean of ${contests.length} shapes, wall`,
    unit: 'x',
    value: product ** (1 / contests.length),
    least: 1.5,
  });
  return bars;
}

/** Returns what gives the figure of a contender. */
function naming({ figures }: Contest): (name: string) => Figure {
  return (name) => figures.find((figure) => figure.name === name)!;
}

/** Speed against the tuned recipe, and of --keep failures against the full load. */
export function barsOfContest(where: string, contest: Contest): Bar[] {
  const named = naming(contest);
  const full = named('draintrace load');
  const recipe = ratio(named('DuckDB recipe, tuned'), full);
  const failures = ratio(full, named('draintrace load --keep failures'));
  return [
    { name: `full load against the tuned recipe, ${where}, wall`, unit: 'x', value: recipe.wall, least: 1 },
    { name: `full load against the tuned recipe, ${where}, CPU`, unit: 'x', value: recipe.cpu, least: 1 },
    { name: `--keep failures against the full load, ${where}, wall`, unit: 'x', value: failures.wall, least: 3 },
    { name: `--keep failures against the full load, ${where}, CPU`, unit: 'x', value: failures.cpu, least: 3 },
  ];
}

export function printTrace(figures: readonly TraceFigure[]): void {
  console.log('\n## trace\n');
  table(
    ['failures', 'pod lifetimes', 'seconds', 'CPU seconds', 'peak MB'],
    figures.map(({ failures, pods, wall, cpu, rss }) => [
      String(failures),
      String(pods),
      seconds(wall),
      seconds(cpu),
      rss === null ? '' : (rss / 1e6).toFixed(0),
    ]),
  );
}

export function printStart(figures: readonly StartFigure[]): void {
  console.log('\n## Small database: commands against the least that starts or asks\n');
  const hundredths = (values: readonly number[]): string => median(values).toFixed(2);
  table(
    ['command', 'seconds', 'CPU seconds', 'rival', 'its seconds', 'its CPU seconds'],
    figures.map(({ command, rival, wall, cpu, rivalWall, rivalCpu }) => [
      command,
      hundredths(wall),
      hundredths(cpu),
      rival,
      hundredths(rivalWall),
      hundredths(rivalCpu),
    ]),
  );
}

export function printBars(bars: readonly Bar[]): void {
  console.log('\n## Against what is asked\n');
  table(
    ['figure', 'value', 'asked', ''],
    bars.map(({ name, unit, value, least, most }) => [
      name,
      `${value.toFixed(2)} ${unit}`.trim(),
      least === undefined ? `at most ${most} ${unit}`.trim() : `at least ${least} ${unit}`.trim(),
      (least ?? -Infinity) <= value && value <= (most ?? Infinity) ? 'met' : 'MISSED',
    ]),
  );
}
