/**
 * The benchmark: `make bench`, or `node --import tsx bench/run.ts [--rows N] [--objects K] [--rounds N] [--parts local,s3,...]`.
 * Prints machine and versions, then the contest from disk and from S3, loading again, memory, and the growth of trace. Writes the
 * results to bench/result.json too. docs/benchmarks.md explains how to read them.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSwift } from '../test/s3/swift.ts';
import { againFigure } from './again.ts';
import { fillBucket } from './bucket.ts';
import { type Contest, contest, slowRivals } from './contest.ts';
import { describeMachine } from './machine.ts';
import { makeData } from './make-data.ts';
import { median } from './measure.ts';
import { memoryFigure } from './memory.ts';
import { narrowFigure } from './narrow.ts';
import { exportGrowth, nightsFigure } from './nights.ts';
import { outputFigures, outputRatio } from './output.ts';
import { type Bar, barsOfContest, barsOfShapes, printBars, printFigures, printStart, printTrace } from './report.ts';
import { pageBars, pageFigures, printPages } from './report-page.ts';
import { SHAPES } from './shape.ts';
import { smallFigures, smallRatio } from './small.ts';
import { startFigures, startRatio } from './start.ts';
import { growth, traceFigures } from './trace.ts';
import { printWindow, windowBars, windowFigures } from './window.ts';

const PARTS = [
  'local',
  'slow',
  's3',
  'shapes',
  'small',
  'again',
  'narrow',
  'nights',
  'memory',
  'trace',
  'start',
  'output',
  'window',
  'page',
] as const;
type Part = (typeof PARTS)[number];

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1500000' },
    objects: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '3' },
    keys: { type: 'string', default: '100000' },
    failures: { type: 'string', default: '100000' },
    pods: { type: 'string', default: '50000' },
    parts: { type: 'string', default: PARTS.join(',') },
  },
});
const parts = new Set(values.parts.split(','));
const wanted = (part: Part): boolean => parts.has(part);
const rounds = Number(values.rounds);

const machine = describeMachine();
console.log(JSON.stringify(machine, null, 2));

const here = fileURLToPath(new URL('.', import.meta.url));
const data = join(here, 'data', `${values.rows}-${values.objects}`);
const work = join(here, 'data', 'work');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const result: Record<string, unknown> = { machine, arguments: values };
const bars: Bar[] = [];

/** Returns the sizes of the data in bytes. Generates missing data. */
async function sizes(): Promise<{ text: number; stored: number }> {
  const made = join(data, 'made.json');
  if (!existsSync(made)) {
    const size = await makeData(Number(values.rows), Number(values.objects), data, 1);
    writeFileSync(made, JSON.stringify(size));
  }
  return JSON.parse(readFileSync(made, 'utf8')) as { text: number; stored: number };
}

function tell(title: string, { figures, rows, kept }: Contest): void {
  console.log(`\n## ${title}: ${rows} rows, all 34 fields equal to the recipe's\n`);
  printFigures(figures);
  const share = ((100 * kept.rows) / rows).toFixed(1);
  console.log(`\n--keep failures kept ${kept.rows} rows in full (${share} %), ${kept.counted} as counts`);
}

const OWN_DATA = ['shapes', 'small', 'again', 'narrow', 'nights', 'start', 'output', 'window', 'page'];
const { text, stored } = [...parts].every((part) => OWN_DATA.includes(part)) ? { text: 0, stored: 0 } : await sizes();
console.log(
  `\n${values.rows} rows in ${values.objects} objects: ${(text / 1e6).toFixed(0)} MB of text, ${(stored / 1e6).toFixed(0)} MB gz`,
);
const logs = join(data, 'AWSLogs');

if (wanted('local')) {
  const local = await contest(logs, text, { source: logs, env: {}, download: null }, rounds, work);
  if (wanted('slow')) local.figures.push(...(await slowRivals(logs, text, work)));
  tell('From the local disk', local);
  bars.push(...barsOfContest('local', local));
  result.local = local;
}
if (wanted('s3')) {
  const server = await startSwift().catch((error: Error) => {
    console.log(`\n!!! no S3 server, so nothing of S3 was measured: ${error.message.split('\n')[0]}`);
    if (process.env.CI === 'true') throw error;
    return null;
  });
  if (server) {
    const place = await fillBucket(logs, server);
    const s3 = await contest(logs, text, place, rounds, work).finally(() => {
      place.close();
      return server.stop();
    });
    tell('From S3 (OpenStack Swift on the same machine; the recipe on copies fetched first)', s3);
    bars.push(...barsOfContest('S3', s3));
    result.s3 = s3;
  }
}
if (wanted('shapes')) {
  const contests: { shape: string; contest: Contest }[] = [];
  for (const { name, description } of SHAPES.slice(0, 3)) {
    // Another seed each time: nothing can be made for this very data.
    const seed = Math.floor(Math.random() * 1e6);
    const folder = join(work, 'shape');
    const size = await makeData(Number(values.rows), Number(values.objects), folder, seed, name);
    const source = join(folder, 'AWSLogs');
    const one = await contest(source, size.text, { source, env: {}, download: null }, rounds, work);
    rmSync(folder, { recursive: true });
    tell(`${description} (seed ${seed}, ${(size.stored / 1e6).toFixed(0)} MB gz)`, one);
    contests.push({ shape: name, contest: one });
  }
  bars.push(...barsOfShapes(contests));
  result.shapes = contests;
}
if (wanted('small')) {
  const figures = await smallFigures(rounds, join(here, 'data'), work);
  for (const figure of figures) {
    const name = `${figure.objects} objects of ${figure.lines} lines against the recipe`;
    bars.push({ name: `${name}, wall`, unit: 'x', value: smallRatio(figure, 'wall'), most: figure.most });
    bars.push({ name: `${name}, CPU`, unit: 'x', value: smallRatio(figure, 'cpu'), most: figure.most });
  }
  result.small = figures;
}
if (wanted('again')) {
  const again = await againFigure(Number(values.keys), rounds, work);
  const times = again.load.map((seconds, i) => seconds / again.bare[i]!);
  bars.push({
    name: `${again.keys} known keys against the bare listing`,
    unit: 'x',
    value: Math.min(...times),
    most: 1.5,
  });
  bars.push({ name: 'list calls for 1,000 known keys', unit: '', value: (again.lists * 1000) / again.keys, most: 1 });
  result.again = again;
}
if (wanted('narrow')) {
  const narrow = await narrowFigure();
  const name = `list calls for an hour of one of 50 load balancers, ${narrow.keys} keys`;
  bars.push({ name, unit: '', value: narrow.requests, most: 12 });
  result.narrow = narrow;
}
if (wanted('nights')) {
  const nights = await nightsFigure(Number(values.rows), work);
  const name = `file of 30 loads of ${nights.rows / 30} rows against one load`;
  bars.push({ name, unit: 'x', value: nights.nightly / nights.once, most: 1.1 });
  const seconds = (nights: readonly number[]) => median(nights).toFixed(2);
  console.log(
    `export after a night of ${nights.rows / 30} rows: ${seconds(nights.exports.slice(0, 5))} CPU s at first, ` +
      `${seconds(nights.exports.slice(-5))} after 30 nights; with nothing new ${nights.idle.toFixed(2)}`,
  );
  bars.push({ name: 'export after night 30 against night 1, CPU', unit: 'x', value: exportGrowth(nights), most: 1.2 });
  result.nights = nights;
}
if (wanted('memory')) {
  const memory = await memoryFigure(logs, work);
  if (memory) {
    bars.push({ name: 'peak memory of a load', unit: 'MB', value: memory.once / 1e6, most: 1000 });
    bars.push({ name: 'peak memory, ten times the data', unit: 'x', value: memory.tenfold / memory.once, most: 1.1 });
  }
  result.memory = memory;
}
if (wanted('trace')) {
  const figures = await traceFigures(Number(values.failures), Number(values.pods), rounds, work);
  printTrace(figures);
  bars.push({ name: 'trace of ten times the failures', unit: 'x', value: growth(figures), most: 12 });
  result.trace = figures;
}
if (wanted('start')) {
  const figures = await startFigures(Math.max(rounds, 5), work);
  printStart(figures);
  for (const figure of figures)
    bars.push({
      name: `${figure.command} against ${figure.rival}`,
      unit: 'x',
      value: startRatio(figure),
      most: figure.most,
    });
  result.start = figures;
}
if (wanted('output')) {
  const figures = await outputFigures(rounds, work);
  for (const figure of figures)
    bars.push({
      name: `100,000 rows as ${figure.format} against csv, CPU`,
      unit: 'x',
      value: outputRatio(figure),
      most: 2,
    });
  result.output = figures;
}
if (wanted('window')) {
  const figures = await windowFigures(work);
  printWindow(figures);
  bars.push(...windowBars(figures));
  result.window = figures;
}
if (wanted('page')) {
  const figures = await pageFigures(work);
  printPages(figures);
  bars.push(...pageBars(figures));
  result.page = figures;
}

printBars(bars);
writeFileSync(join(here, 'result.json'), `${JSON.stringify({ ...result, bars }, null, 2)}\n`);
rmSync(work, { recursive: true, force: true });
