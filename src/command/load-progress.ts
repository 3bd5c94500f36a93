/** Shows progress of `load` on stderr: one repainted line on a terminal, a plain line every few seconds elsewhere. */
import type { LoadProgress } from '../load/request.ts';
import type { Effects } from './command.ts';

const REPAINT_MS = 200;
const PLAIN_MS = 5000;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export const count = (n: number): string => n.toLocaleString('en-US');
/** Formats as `1 object`, `2 objects`. */
export const plural = (n: number, word: string): string => `${count(n)} ${word}${n === 1 ? '' : 's'}`;

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export class Progress implements LoadProgress {
  #objects = 0;
  #objectsDone = 0;
  #stored = 0;
  #storedDone = 0;
  #text = 0;
  #rows = 0;
  #failures = 0;
  #startedAt = 0;
  #paintedAt = 0;
  #painted = false;

  readonly #effects: Effects;
  readonly #quiet: boolean;

  constructor(effects: Effects, quiet: boolean) {
    this.#effects = effects;
    this.#quiet = quiet;
    this.#paintedAt = effects.now() / 1000;
  }

  listed(objects: number): void {
    if (objects > 0) this.#paint(`listing: ${plural(objects, 'object')}`);
  }

  planned(objects: number, storedBytes: number): void {
    this.#objects += objects;
    this.#stored += storedBytes;
    this.#startedAt = this.#paintedAt = this.#effects.now() / 1000;
  }

  read(text: number, rows: number, failures: number): void {
    this.#text += text;
    this.#rows += rows;
    this.#failures += failures;
    this.#paint(this.#line());
  }

  done(storedBytes: number): void {
    this.#objectsDone++;
    this.#storedDone += storedBytes;
    this.#paint(this.#line());
  }

  #line(): string {
    const seconds = Math.max(0.001, (this.#effects.now() / 1000 - this.#startedAt) / 1000);
    const share = this.#stored > 0 ? this.#storedDone / this.#stored : 0;
    const eta = share > 0.01 ? `, ${duration(seconds / share - seconds)} left` : '';
    const rate = megabytes(this.#text / seconds);
    return `${count(this.#objectsDone)}/${plural(this.#objects, 'object')}, ${plural(this.#rows, 'row')}, ${rate}/s of text${eta}, ${plural(this.#failures, 'failure')} so far`;
  }

  #paint(line: string): void {
    if (this.#quiet) return;
    const now = this.#effects.now() / 1000;
    const { stderr } = this.#effects;
    if (now - this.#paintedAt < (stderr.isTTY ? REPAINT_MS : PLAIN_MS)) return;
    this.#paintedAt = now;
    this.#painted = stderr.isTTY;
    void stderr.write(stderr.isTTY ? `\r\x1b[2K${line.slice(0, stderr.columns - 1)}` : `${line}\n`);
  }

  /** Prints one sentence above the repainted line. */
  note(sentence: string): void {
    this.end();
    void this.#effects.stderr.write(`${sentence}\n`);
  }

  /** Removes the repainted line. */
  end(): void {
    if (this.#painted) void this.#effects.stderr.write('\r\x1b[2K');
    this.#painted = false;
  }
}
