/** Shows progress of `load` on stderr: one repainted line on a terminal, a plain line every few seconds elsewhere. */
import type { LoadProgress } from '../load/main/request.ts';
import { grouped, groupedCount as plural } from '../number/count.ts';
import { HOUR_SECONDS, MINUTE_SECONDS, SECOND_MS, toMillis } from '../time/time.ts';
import type { Effects } from './command.ts';

const REPAINT_MS = 200;
const PLAIN_MS = 5000;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
export { grouped, plural };

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < HOUR_SECONDS)
    return `${Math.floor(seconds / MINUTE_SECONDS)} min ${Math.floor(seconds % MINUTE_SECONDS)} s`;
  return `${Math.floor(seconds / HOUR_SECONDS)} h ${Math.floor((seconds % HOUR_SECONDS) / MINUTE_SECONDS)} min`;
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
    this.#paintedAt = toMillis(effects.now());
  }

  listed(objects: number): void {
    if (objects > 0) this.#paint(`listing: ${plural(objects, 'object')}`);
  }

  planned(objects: number, storedBytes: number): void {
    this.#objects += objects;
    this.#stored += storedBytes;
    this.#startedAt = this.#paintedAt = toMillis(this.#effects.now());
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
    const seconds = Math.max(0.001, (toMillis(this.#effects.now()) - this.#startedAt) / SECOND_MS);
    const share = this.#stored > 0 ? this.#storedDone / this.#stored : 0;
    const eta = share > 0.01 ? `, ${duration(seconds / share - seconds)} left` : '';
    const rate = megabytes(this.#text / seconds);
    return `${grouped(this.#objectsDone)}/${plural(this.#objects, 'object')}, ${plural(this.#rows, 'row')}, ${rate}/s of text${eta}, ${plural(this.#failures, 'failure')} so far`;
  }

  #paint(line: string): void {
    if (this.#quiet) return;
    const now = toMillis(this.#effects.now());
    const { stderr } = this.#effects;
    if (now - this.#paintedAt < (stderr.isTTY ? REPAINT_MS : PLAIN_MS)) return;
    this.#paintedAt = now;
    this.#painted = stderr.isTTY;
    void stderr.write(stderr.isTTY ? `\r\x1b[2K${line.slice(0, stderr.columns - 1)}` : `${line}\n`);
  }

  /** Says that all is stored and the failures are being judged. */
  judging(): void {
    this.#paint('judging the failures');
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
