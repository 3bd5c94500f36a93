/** Measures the output formats: the same 100,000 rows of logs in each, against csv. */
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { FORMATS, type Format } from '../src/report/rows.ts';
import { draintrace, forget } from './draintrace.ts';
import { median } from './measure.ts';

const ROWS = 100_000;
const SAMPLES = ['samples/rollout-day', 'samples/recorded-incident', '--timezone', '+08:00'];
/** The rows of the samples again and again, with what a person asks of a request. */
const STATEMENT = `
select copy, time, request_creation_time, client_ip, target_ip, target_port, elb_status_code, target_status_code, request_line, user_agent, trace_id
from alb_log, range(1000) copies (copy)
limit ${ROWS}`;

export interface OutputFigure {
  format: Format;
  /** CPU seconds, one a round. */
  cpu: number[];
  csvCpu: number[];
}

/** Returns the figures of all formats but csv, each run in turns with csv. Throws if they do not hold the same rows. */
export async function outputFigures(rounds: number, work: string): Promise<OutputFigure[]> {
  const db = join(work, 'output.duckdb');
  forget(db);
  await draintrace(['load', ...SAMPLES, '--db', db, '--quiet']);
  const write = (format: Format) => draintrace(['sql', STATEMENT, '--format', format, '--db', db]);
  const figures: OutputFigure[] = [];
  for (const format of FORMATS) {
    if (format === 'csv') continue;
    const figure: OutputFigure = { format, cpu: [], csvCpu: [] };
    for (let round = 0; round < rounds; round++) {
      const csv = await write('csv');
      const other = await write(format);
      if (round === 0) compare(format, other.stdout, csv.stdout);
      figure.cpu.push(other.cpu ?? Number.NaN);
      figure.csvCpu.push(csv.cpu ?? Number.NaN);
    }
    figures.push(figure);
  }
  forget(db);
  return figures;
}

/** Throws if the text in this format does not hold the rows of the CSV. */
function compare(format: Format, text: string, csv: string): void {
  const expected = parse(csv, { columns: true }) as Record<string, string>[];
  const lines = text.trimEnd().split(/\r?\n/);
  const blocks = Object.keys(expected[0]!).length + 1;
  if (format === 'vertical') {
    if (lines.length !== ROWS * blocks) throw new Error(`${format} has ${lines.length} lines`);
    return;
  }
  if (format === 'excel') {
    if (lines.length !== ROWS + 1) throw new Error(`${format} has ${lines.length} lines`);
    return;
  }
  if (format === 'table' || format === 'markdown') {
    if (lines.length !== ROWS + 2 || expected.length !== ROWS) throw new Error(`${format} has ${lines.length} lines`);
    return;
  }
  const rows = (format === 'json' ? JSON.parse(text) : lines.map((line) => JSON.parse(line))) as Record<
    string,
    unknown
  >[];
  if (rows.length !== expected.length) throw new Error(`${format} has ${rows.length} rows, csv ${expected.length}`);
  rows.forEach((row, i) => {
    for (const [name, value] of Object.entries(row)) {
      const cell = expected[i]![name]!;
      if (cell !== String(value ?? '')) throw new Error(`row ${i} of ${format}: ${name} is ${value}, in csv ${cell}`);
    }
  });
}

/** Returns the median ratio of a format's CPU time to that of csv. */
export const outputRatio = ({ cpu, csvCpu }: OutputFigure): number =>
  median(cpu.map((seconds, i) => seconds / csvCpu[i]!));
