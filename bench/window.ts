/**
 * Measures questions about one hour of a database of one million rows, and of the same database with fifteen more days beside that hour.
 * The day has 100,000 failures and 50,000 lives of pods; the hour is the same in both databases.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { readCatalogue } from '../src/query/catalogue.ts';
import { draintrace, forget } from './draintrace.ts';
import { makeFailures } from './failure-data.ts';
import type { Bar } from './report.ts';

const FAILURES = 100_000;
const PODS = 50_000;
/** Ten lives follow one another at an address, so they cover a day. */
const LIFE_MS = 8_640_000;
const ROWS = 1_000_000;
const DAYS = 15;
const WINDOW = ['2026-09-15T11:30:00Z', '2026-09-15T12:30:00Z'] as const;

export interface WindowFigure {
  command: string;
  /** CPU seconds and bytes, at one million rows and at sixteen million. */
  cpu: [number, number];
  rss: [number, number];
}

/** Returns the figures of every question with a window, and of the commands that take one. Throws if the answers differ. */
export async function windowFigures(work: string): Promise<WindowFigure[]> {
  const small = join(work, 'window-1.duckdb');
  const large = join(work, 'window-16.duckdb');
  await makeDatabases(small, large, work);
  const [from, to] = WINDOW;
  const window = ['--from', from, '--to', to];
  const commands = readCatalogue()
    .filter(({ parameters }) => parameters.some(({ name }) => name === 'from'))
    .map(({ name }) => ['query', name, '--param', `from=${from}`, '--param', `to=${to}`, '--format', 'csv']);
  const [failed] = (await draintrace(['trace', ...window, '--format', 'ndjson', '--db', small])).stdout.split('\n');
  const { object_id: object, line } = JSON.parse(failed!) as { object_id: number; line: number };
  commands.push(
    ['trace', ...window, '--format', 'csv'],
    ['explain', `${object}:${line}`],
    ['check', ...window, '--max', 'draining_target=1000000', '--allow-missing'],
    ['evidence', '--format', 'csv'],
    ['report', ...window, '--out', join(work, 'window.html')],
  );
  const figures: WindowFigure[] = [];
  for (const words of commands) {
    const one = await draintrace([...words, '--db', small]);
    const other = await draintrace([...words, '--db', large]);
    const isSame = one.stdout === other.stdout;
    // Commands also print totals of the database, which differ.
    if (!isSame && words[0] === 'query') throw new Error(`${words[1]} of an hour differs beside more days`);
    figures.push({
      command: words[0] === 'query' ? words[1]! : words[0]!,
      cpu: [one.cpu ?? Number.NaN, other.cpu ?? Number.NaN],
      rss: [one.rss ?? Number.NaN, other.rss ?? Number.NaN],
    });
  }
  forget(small);
  forget(large);
  return figures;
}

/** Prints a row for each command. */
export function printWindow(figures: readonly WindowFigure[]): void {
  console.log('\n## One hour, among 1 million rows and among 16 million\n');
  console.log(
    '| command | CPU seconds of 1, 16 million | ratio | peak MB of 1, 16 million |\n| --- | --- | --- | --- |',
  );
  for (const { command, cpu, rss } of figures) {
    const [one, other] = cpu.map((seconds) => seconds.toFixed(2));
    const [small, large] = rss.map((bytes) => (bytes / 1e6).toFixed(0));
    console.log(`| ${command} | ${one}, ${other} | ${(cpu[1] / cpu[0]).toFixed(2)} | ${small}, ${large} |`);
  }
}

/** Returns what is asked of the slowest question, of the one that grows most, and of the report. */
export function windowBars(figures: readonly WindowFigure[]): Bar[] {
  const report = figures.find(({ command }) => command === 'report')!;
  const questions = figures.filter((figure) => figure !== report);
  const worst = (of: (figure: WindowFigure) => number): WindowFigure =>
    questions.reduce((most, figure) => (of(figure) > of(most) ? figure : most));
  const slowest = worst(({ cpu }) => cpu[1]);
  const growing = worst(({ cpu }) => cpu[1] / cpu[0]);
  return [
    {
      name: `CPU of an hour among 16 million rows, slowest: ${slowest.command}`,
      unit: 's',
      value: slowest.cpu[1],
      most: 1,
    },
    {
      name: `16 million rows against 1 million, most: ${growing.command}`,
      unit: 'x',
      value: growing.cpu[1] / growing.cpu[0],
      most: 1.3,
    },
    { name: 'report of an hour among 16 million rows, CPU', unit: 's', value: report.cpu[1], most: 3 },
    { name: 'report of an hour among 16 million rows, memory', unit: 'MB', value: report.rss[1] / 1e6, most: 500 },
  ];
}

async function makeDatabases(small: string, large: string, work: string): Promise<void> {
  const folder = join(work, 'window');
  makeFailures(folder, FAILURES, PODS, LIFE_MS);
  forget(small);
  forget(large);
  const load = ['load', folder, '--quiet', '--captured-at', '2026-09-16T12:00:00Z'];
  await draintrace([...load, '--no-judge', '--db', small]);
  await addAnswered(small, [0], ROWS - FAILURES);
  copyFileSync(small, large);
  await addAnswered(
    large,
    Array.from({ length: DAYS }, (_, i) => -1 - i),
    ROWS,
  );
  for (const db of [small, large]) await draintrace([...load, '--judge', '--memory', '6GB', '--db', db]);
  rmSync(folder, { recursive: true });
}

/** Adds rows of requests that were answered to these days, counted from that of the failures, in the order of time. */
async function addAnswered(db: string, days: readonly number[], each: number): Promise<void> {
  const instance = await DuckDBInstance.create(db);
  const connection = await instance.connect();
  for (const day of days) {
    await connection.run(`
      INSERT INTO alb_row
      SELECT * EXCLUDE (copy) REPLACE (
        time + to_days(${day}) + to_microseconds(copy * 7919) AS time,
        request_creation_time + to_days(${day}) + to_microseconds(copy * 7919) AS request_creation_time,
        200 AS elb_status_code, 200 AS target_status_code, 0.001 AS request_processing_time, 0.009 AS target_processing_time,
        0.0 AS response_processing_time, (line + ${FAILURES} * (copy + ${100 - day * 20}))::integer AS line)
      FROM (SELECT * FROM alb_row WHERE elb_status_code = 504 ORDER BY time), range(1, ${each / FAILURES + 1}) copies (copy)
      ORDER BY time`);
  }
  connection.closeSync();
  instance.closeSync();
}
