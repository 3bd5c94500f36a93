/** Runs the built program on a real terminal: `script` makes a pty, typed text goes in, shown text comes out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freshFolder, ROOT } from '../cli.ts';

const running = new Set<ChildProcess>();

/** Ends processes of a failed test, which would keep the test process alive. */
export function stopTerminals(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class TerminalRun {
  shown = '';
  readonly #child: ChildProcess;
  #wake: () => void = () => {};
  readonly ended: Promise<number | null>;

  constructor(
    args: readonly string[],
    readonly home = freshFolder(),
    size = { columns: 100, rows: 24 },
  ) {
    const words = [process.execPath, join(ROOT, 'dist/bin/draintrace.js'), ...args].map((word) => `'${word}'`);
    const command = `stty cols ${size.columns} rows ${size.rows}; exec ${words.join(' ')}`;
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: home, TERM: 'xterm', SHELL: '/bin/sh', NO_COLOR: '1' };
    this.#child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], { env });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        // Cursor movements do not matter here.
        this.shown = (this.shown + chunk.toString()).replace(/\x1b\[[\d;?]*[A-Za-z]/g, '');
        this.#wake();
      });
    }
    running.add(this.#child);
    this.ended = new Promise((settle) => this.#child.on('close', settle));
    void this.ended.then(() => running.delete(this.#child));
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Waits until the text shown since the last call matches, and returns it. */
  async until(sign: RegExp, milliseconds = 60_000): Promise<string> {
    const deadline = Date.now() + milliseconds;
    while (!sign.test(this.shown)) {
      const left = deadline - Date.now();
      if (left <= 0) {
        this.#child.kill('SIGKILL');
        throw new Error(`${sign} was not shown, but:\n${this.shown}`);
      }
      await new Promise<void>((settle) => {
        const timer = setTimeout(settle, left);
        this.#wake = () => {
          clearTimeout(timer);
          settle();
        };
      });
    }
    const shown = this.shown;
    this.shown = '';
    return shown;
  }
}
