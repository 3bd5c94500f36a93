/** Keeps a file of metrics fresh while a command runs. */
import { SECOND_MS } from '../time/time.ts';
import { publish } from './publish.ts';

/** A collector reads each 15 s or more seldom. */
const EVERY_MS = 15 * SECOND_MS;

/** Writes `path` now and again, and once more when it is closed. Without a path it does nothing. */
export class MetricsFile {
  readonly #path: string | undefined;
  readonly #note: (text: string) => void;
  #text: (() => string) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isBroken = false;

  constructor(path: string | undefined, note: (text: string) => void) {
    this.#path = path;
    this.#note = note;
  }

  /** Throws CliError if the file cannot be written, so that a wrong path is told at the start. */
  async begin(text: () => string): Promise<void> {
    if (this.#path === undefined) return;
    await publish(this.#path, text());
    this.#text = text;
    this.#timer = setInterval(() => this.write(), EVERY_MS);
    this.#timer.unref();
  }

  /** Writes the text of now. A failure is noted, once until it works again: evidence is worth more than its metrics. */
  write(): void {
    const [path, text] = [this.#path, this.#text];
    if (path === undefined || text === null) return;
    this.#work = this.#work.then(async () => {
      try {
        await publish(path, text());
        this.#isBroken = false;
      } catch (error) {
        if (!this.#isBroken) this.#note((error as Error).message);
        this.#isBroken = true;
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.write();
    await this.#work;
  }
}
