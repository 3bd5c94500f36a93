/**
 * Targets that `--query` or PowerShell took out of an answer of describe-target-health: lists of cells, objects of other names,
 * the text and the tables of `aws`. A cell is known by what it holds. The answer is put together again as the API gives it.
 */
import { asObject } from './json-value.ts';
import { fromPowerShell } from './powershell.ts';
import { parseTargetId } from './target-id.ts';

/** TargetHealth.State of the API. */
export const TARGET_STATES: ReadonlySet<string> = new Set([
  'initial',
  'healthy',
  'unhealthy',
  'unused',
  'draining',
  'unavailable',
]);

const REASON = /^(?:Target|Elb)\.[A-Z]\w+$/;
const ZONE = /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/;
const PORT = /^\d{1,5}$/;
/** Of one row: more are no row of `--query`. */
const MAX_CELLS = 7;
const NOTHING: ReadonlySet<string> = new Set(['', 'None', 'null', '-', 'N/A']);

/** Cells with the names that they have, empty for none. */
type Cells = readonly (readonly [name: string, cell: unknown])[];

/** Returns a description as the API has it (without a port: null), of cells that hold one target and its state; null for anything else. */
function fromCells(cells: Cells): Record<string, unknown> | null {
  const target: Record<string, unknown> = {};
  const health: Record<string, unknown> = {};
  for (const [name, own] of cells) {
    const cell = fromPowerShell(own);
    if (typeof cell !== 'string' && typeof cell !== 'number') {
      if (cell === null) continue;
      return null;
    }
    const text = String(cell).trim();
    if (NOTHING.has(text)) continue;
    if (TARGET_STATES.has(text)) {
      if ('State' in health) return null;
      health.State = text;
    } else if (parseTargetId(text) !== null) {
      if ('Id' in target) return null;
      target.Id = text;
    } else if (PORT.test(text)) {
      // The port of the health check may stand beside that of the target.
      if (!/check/i.test(name)) target.Port ??= Number(text);
    } else if (REASON.test(text)) health.Reason = text;
    else if (ZONE.test(text)) target.AvailabilityZone = text;
    else if (!/arn|group/i.test(name) && !text.startsWith('arn:')) health.Description ??= text;
  }
  if (!('Id' in target && 'State' in health)) return null;
  return { Target: { Port: null, ...target }, TargetHealth: health };
}

/** Returns the description of a target, in whatever form `--query` or PowerShell left it; the value itself if it has the API's. */
export function describedTarget(value: unknown): unknown {
  if (Array.isArray(value)) return fromCells(value.map((cell: unknown) => ['', cell] as const)) ?? value;
  const object = asObject(value);
  if (object === null) return value;
  const [target, health] = [asObject(object.Target), asObject(object.TargetHealth)];
  if (target && health) {
    const { State: state, Reason: reason } = health;
    if (asObject(state) === null && asObject(reason) === null) return value;
    return { ...object, TargetHealth: { ...health, State: fromPowerShell(state), Reason: fromPowerShell(reason) } };
  }
  const cells = Object.entries(object).flatMap(([name, held]): Cells => {
    const inside = name === 'Target' || name === 'TargetHealth' ? asObject(held) : null;
    return inside ? Object.entries(inside) : [[name, held]];
  });
  return fromCells(cells) ?? value;
}

/** Returns whether a value is a list of targets that are not as the API has them. */
export function isFlatTargets(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const [first] = value as unknown[];
  return asObject(first)?.TargetHealth === undefined && asObject(describedTarget(first))?.TargetHealth !== undefined;
}

/** Returns whether JSON, of which this is the beginning, is such a list: by its first element, which is short. */
export function isFlatJson(text: string): boolean {
  const first = /^\s*\[\s*(\[[^[\]{}]{1,2000}\]|\{[^[\]]{1,2000}?\})\s*[,\]]/.exec(text);
  try {
    return first !== null && isFlatTargets([JSON.parse(first[1]!)]);
  } catch {
    return false;
  }
}

/** Cells of a row between tabs, blanks or bars. */
const rowCells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .trim()
    .split(/\t| {2,}\|? *| ?\| */);

/** Rows of `aws --output text` and of `--query ... --output text`. */
function fromTextLine(line: string, open: string[] | null): { cells: string[] | null; whole: boolean } {
  const cells = rowCells(line);
  if (/^TARGETHEALTHDESCRIPTIONS$/.test(cells[0]!)) return { cells: open ?? [], whole: false };
  if (cells[0] === 'TARGET') return { cells: cells.slice(1), whole: false };
  if (cells[0] === 'TARGETHEALTH') return { cells: [...(open ?? []), ...cells.slice(1)], whole: true };
  return { cells, whole: true };
}

/** Returns the cells of a row of a table of `aws`, null for a line that frames one. */
function tableCells(line: string): string[] | null {
  if (!/^\|/.test(line.trim()) || /^[|\s+-]*$/.test(line)) return null;
  return line
    .trim()
    .replace(/^\|+|\|+$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

/** Names of single members, which stand in the first column of a table without `--query`. */
const MEMBER = /^(?:Id|Port|AvailabilityZone|State|Reason|Description|HealthCheckPort|Type|Result|MitigationInEffect)$/;

const HEADING =
  /^(?:DescribeTargetHealth|TargetHealthDescriptions|Target|TargetHealth|AnomalyDetection|AdministrativeOverride)$/;

/** Gathers the lines of text and tables to answers, one in the place of its lines. */
class Answers {
  readonly out: string[] = [];
  #targets: unknown[] = [];
  #first = -1;
  #open: string[] | null = null;
  #section = '';
  #target: [string, string][] = [];

  take(line: string, at: number): void {
    const isFrame = /^\s*[|+-][|+\s-]*$/.test(line) && line.trim() !== '';
    const table = isFrame ? null : tableCells(line);
    if (isFrame || table) {
      if (table?.[0] === 'DescribeTargetHealth') this.#close();
      if (this.#first === -1) this.#first = at;
      if (table) this.#takeTable(table);
      this.out.push('');
      return;
    }
    const { cells, whole } = fromTextLine(line, this.#open);
    const isOwn = /^\s*TARGET(?:HEALTH(?:DESCRIPTIONS)?)?(?:\t| {2,}|$)/.test(line);
    const isRow = whole && cells !== null && cells.length > 1 && cells.length <= MAX_CELLS;
    const target = isRow ? fromCells(cells.map((cell) => ['', cell] as const)) : null;
    if (isOwn || target) {
      this.#first = this.#first === -1 ? at : this.#first;
      this.#open = whole ? null : cells;
      if (target) this.#targets.push(isOwn ? target : cells);
      this.out.push('');
      return;
    }
    if (/^(?:ANOMALYDETECTION|ADMINISTRATIVEOVERRIDE)(?:\t| {2,}|$)/.test(line) && this.#first !== -1) {
      this.out.push('');
      return;
    }
    this.#close();
    this.out.push(line);
  }

  end(): string {
    this.#close();
    return this.out.join('\n');
  }

  #takeTable(cells: string[]): void {
    if (cells.length === 1 && HEADING.test(cells[0]!)) {
      if (cells[0] === 'Target' || cells[0] === 'TargetHealthDescriptions') this.#closeTarget();
      this.#section = cells[0]!;
    } else if (cells.length === 2 && MEMBER.test(cells[0]!)) {
      const isOther = this.#section === 'AnomalyDetection' || this.#section === 'AdministrativeOverride';
      if (!isOther && cells[0] !== 'HealthCheckPort') this.#target.push([cells[0]!, cells[1]!]);
    } else {
      // As cells, so that the row is known as one that was selected.
      if (fromCells(cells.map((cell) => ['', cell] as const))) this.#targets.push(cells);
      else this.#takeColumns(cells);
    }
  }

  /** A nested table of several columns: names, then one row of values. */
  #takeColumns(cells: string[]): void {
    if (cells.every((cell) => MEMBER.test(cell))) return;
    if (this.#section !== 'Target' && this.#section !== 'TargetHealth') return;
    for (const cell of cells) this.#target.push(['', cell]);
  }

  #closeTarget(): void {
    const target = this.#target.length === 0 ? null : fromCells(this.#target);
    if (target) this.#targets.push(target);
    this.#target = [];
  }

  #close(): void {
    this.#closeTarget();
    if (this.#targets.length > 0) {
      this.out[this.#first] = JSON.stringify({ TargetHealthDescriptions: this.#targets });
    }
    this.#targets = [];
    this.#first = -1;
    this.#open = null;
  }
}

/** Returns a text whose tables and rows of targets are answers in JSON, each in its first line; other lines are as they were. */
export function withAnswers(text: string): string {
  const lines = text.split(/\r?\n/);
  const answers = new Answers();
  for (const [at, line] of lines.entries()) answers.take(line, at);
  return answers.end();
}

/** Returns whether lines hold targets in the text or the tables of `aws`. */
export function isTargetText(lines: readonly string[]): boolean {
  const isText = lines.some(
    (line) => /^TARGETHEALTHDESCRIPTIONS(?:\t| {2,}|$)/.test(line) || /^TARGETHEALTH\t/.test(line),
  );
  const isTable = lines.some((line) => /^\| +DescribeTargetHealth +\|/.test(line));
  if (isText || isTable) return true;
  const cells = lines.filter((line) => line.trim() !== '').map(rowCells);
  return (
    cells.length > 0 &&
    cells.some(
      (row) => row.length > 1 && row.length <= MAX_CELLS && fromCells(row.map((cell) => ['', cell] as const)) !== null,
    )
  );
}
