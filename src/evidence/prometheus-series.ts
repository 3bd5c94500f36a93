/** Series out of answers of the Prometheus HTTP API. */
import { fromMillis, type Micros, SECOND_MS } from '../time/time.ts';
import type { Rejection } from './fact.ts';
import { splitJson } from './json-stream.ts';
import { asArray, asObject, asText } from './json-value.ts';
import { printValue, quote, reject } from './rejection.ts';

export interface Sample {
  time: Micros;
  value: number;
}

export interface Series {
  line: number;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** In the order of their times. */
  samples: Sample[];
  /** Its times are those of scrapes; else (a vector) it is the time that was asked for. */
  scraped: boolean;
}

/**
 * Returns the series of all answers of the text, vectors as series of one sample, and why the rest cannot be read. Samples that are
 * no number (staleness, histograms) are left out.
 */
export function readSeries(text: string): { series: Series[]; rejected: Rejection[] } {
  const series: Series[] = [];
  const rejected: Rejection[] = [];
  for (const piece of splitJson(text)) {
    const answer = asObject(piece.value);
    const result = resultOf(answer);
    if (piece.error !== null || result === null) {
      rejected.push(reject(piece.line, piece.error ?? whyNone(answer), piece.text));
      continue;
    }
    for (const [index, value] of result.entries()) {
      const line = piece.elementLines.length === result.length ? piece.elementLines[index]! : piece.line;
      const read = readOne(value, line);
      if (typeof read === 'string') rejected.push(reject(line, read, printValue(value)));
      else series.push(read);
    }
  }
  return { series, rejected };
}

function resultOf(answer: Record<string, unknown> | null): unknown[] | null {
  // A line of /api/v1/export is one series.
  if (asObject(answer?.metric) && Array.isArray(answer?.timestamps)) return [answer];
  const result = (asObject(answer?.data) ?? answer)?.result;
  return answer?.status !== 'error' && Array.isArray(result) ? result : null;
}

function whyNone(answer: Record<string, unknown> | null): string {
  return answer?.status === 'error' ? `query_failed: ${quote(answer.error)}` : 'not_an_answer: no data.result';
}

function readOne(value: unknown, line: number): Series | string {
  const object = asObject(value);
  const metric = asObject(object?.metric);
  if (!object || !metric) return 'bad_series: no metric';
  const labels: Record<string, string> = Object.create(null);
  for (const [label, text] of Object.entries(metric)) if (typeof text === 'string') labels[label] = text;
  const name = asText(labels.__name__);
  if (name === null) return 'bad_series: no __name__: query the metric itself, a function drops its name';
  const scraped = Array.isArray(object.values);
  // VictoriaMetrics exports times, in milliseconds, beside the values.
  const times = Array.isArray(object.timestamps) ? object.timestamps : null;
  const pairs = times
    ? times.map((time, i) => [Number(time) / SECOND_MS, String(asArray(object.values)[i] ?? '')])
    : scraped
      ? asArray(object.values)
      : [object.value];
  const samples = pairs.flatMap((pair) => readSample(pair) ?? []).sort((a, b) => a.time - b.time);
  return { line, name, labels, samples, scraped };
}

/** The API prints the time in seconds with up to three digits of fraction, the value as a string. */
function readSample(pair: unknown): Sample | null {
  const [seconds, text] = asArray(pair);
  if (typeof seconds !== 'number' || typeof text !== 'string') return null;
  const time = fromMillis(Math.round(seconds * SECOND_MS));
  const value = Number(text);
  return Number.isSafeInteger(time) && time >= 0 && Number.isFinite(value) && text !== '' ? { time, value } : null;
}
